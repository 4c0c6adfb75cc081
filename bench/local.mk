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

bench: kac-bench$(EXEEXT) plugin-tree/stamp
	@echo 'built kac-bench; $(srcdir)/bench/README.md says how to run it'

EXTRA_DIST += bench/README.md bench/compare.sh bench/rare_event.sh
CLEANFILES += kac-bench$(EXEEXT)

.PHONY: bench
