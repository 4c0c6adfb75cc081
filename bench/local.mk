# SPDX-License-Identifier: GPL-3.0-or-later
# Measurements, built only by `make bench` and never installed.
EXTRA_PROGRAMS = kac-bench
kac_bench_SOURCES = \
  bench/bench.h \
  bench/kac_bench.c \
  bench/mixtures.c \
  bench/network.c \
  bench/rare_event.c \
  bench/resamplers.c \
  bench/support.c
kac_bench_LDFLAGS = $(HARDEN_LDFLAGS)
kac_bench_LDADD = libkaccore.la

# A plugin of the benchmark's own; -rpath makes libtool build a .so.
EXTRA_LTLIBRARIES = bench/score_mlp.la
bench_score_mlp_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere
bench_score_mlp_la_LIBADD = $(OPENBLAS_LIBS)

bench: kac-bench$(EXEEXT) bench/score_mlp.la plugin-tree/stamp
	@$(MKDIR_P) bench-tree/score
	@rm -f bench-tree/score/score_mlp.so
	@$(LN_S) ../../bench/.libs/score_mlp.so bench-tree/score/
	@echo 'built kac-bench; $(srcdir)/bench/README.md says how to run it'

EXTRA_DIST += bench/README.md bench/compare.sh bench/rare_event.sh
CLEANFILES += kac-bench$(EXEEXT) bench/score_mlp.la
mostlyclean-local:
	rm -rf bench-tree bench/.libs

.PHONY: bench
