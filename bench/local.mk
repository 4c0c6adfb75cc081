# SPDX-License-Identifier: GPL-3.0-or-later
# Measurements, built only by `make bench` and never installed.
EXTRA_PROGRAMS += kac-bench
kac_bench_SOURCES = \
  bench/bench.h \
  bench/kac_bench.c \
  bench/mixtures.c \
  bench/network.c \
  bench/rare_event.c \
  bench/resamplers.c \
  bench/support.c
kac_bench_LDFLAGS = $(HARDEN_LDFLAGS)
kac_bench_LDADD = libkaccore.a $(HOST_LIBS)

bench_programs = kac-bench$(EXEEXT)
bench: $(bench_programs) plugin-tree/stamp
	@echo 'built kac-bench; $(srcdir)/bench/README.md says how to run it'

EXTRA_DIST += bench/README.md bench/compare.sh bench/free_products.py \
  bench/rare_event.sh
CLEANFILES += kac-bench$(EXEEXT)

# Beside libtorch itself, where configure found it.
EXTRA_PROGRAMS += kac-bench-torch
kac_bench_torch_SOURCES = bench/torch_calls.cc
kac_bench_torch_CPPFLAGS = $(AM_CPPFLAGS) $(TORCH_CPPFLAGS)
kac_bench_torch_LDFLAGS = $(HARDEN_LDFLAGS)
kac_bench_torch_LDADD = $(TORCH_LIBS)
CLEANFILES += kac-bench-torch$(EXEEXT)
if HAVE_TORCH
bench_programs += kac-bench-torch$(EXEEXT)
endif

.PHONY: bench
