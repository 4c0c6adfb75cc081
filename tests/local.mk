# SPDX-License-Identifier: GPL-3.0-or-later
# Check programs (one source file each, found by name), shell scripts, and the
# broken plugins that the tests of the loader need.  Tests write only below the
# build folder: `make distcheck` makes the sources read-only.
LDADD = tests/libtesting.a libkaccore.a $(HOST_LIBS) $(CHECK_LIBS)

# What several tests share: oracles with the exact answers, and helpers.
check_LIBRARIES += tests/libtesting.a
tests_libtesting_a_SOURCES = \
  tests/exact/gate.c \
  tests/exact/harness.c \
  tests/exact/harness.h \
  tests/exact/oracle.h \
  tests/exact/oracle_gaussian.c \
  tests/exact/oracle_gmm2d.c \
  tests/exact/oracle_mixture.c \
  tests/exact/oracle_operator.c \
  tests/exact/oracle_pairs.c \
  tests/exact/oracle_path.c \
  tests/exact/rows.c \
  tests/exact/rows.h \
  tests/field_fixture.h \
  tests/mlp_fixture.h \
  tests/model_fixture.h \
  tests/move_fixture.h \
  tests/network_fixture.h \
  tests/plugin_fixture.h \
  tests/score_fixture.h \
  tests/torch_fixture.h \
  tests/unit/allocation_fault.h \
  tests/unit/capture_fixture.h \
  tests/unit/config_fixture.h \
  tests/unit/pipeline_fixture.h \
  tests/unit/report_fixture.h \
  tests/unit/sampler_fixture.h \
  tests/unit/schema_fixture.h \
  tests/unit/twist_fixture.h \
  tests/watch_fixture.h

if HAVE_CHECK
check_PROGRAMS += \
  tests/exact/test_adapt \
  tests/exact/test_chain \
  tests/exact/test_children \
  tests/exact/test_combine \
  tests/exact/test_density \
  tests/exact/test_gaussian \
  tests/exact/test_inverse \
  tests/exact/test_ladder \
  tests/exact/test_lookback \
  tests/exact/test_walls \
  tests/exact/test_metamorphic \
  tests/exact/test_mixture \
  tests/exact/test_networks \
  tests/exact/test_model \
  tests/exact/test_model_choice \
  tests/exact/test_optimal \
  tests/exact/test_oracles \
  tests/exact/test_policies \
  tests/exact/test_residual \
  tests/exact/test_steering \
  tests/unit/test_ancestral \
  tests/unit/test_array_file \
  tests/unit/test_bf16 \
  tests/unit/test_bf16_networks \
  tests/unit/test_child \
  tests/unit/test_classes \
  tests/unit/test_classifier \
  tests/unit/test_combine \
  tests/unit/test_commands \
  tests/unit/test_compare \
  tests/unit/test_component \
  tests/unit/test_compose \
  tests/unit/test_config_page \
  tests/unit/test_convert \
  tests/unit/test_deaths \
  tests/unit/test_describe \
  tests/unit/test_diag \
  tests/unit/test_engine \
  tests/unit/test_exponential \
  tests/unit/test_fault \
  tests/unit/test_folders \
  tests/unit/test_gmm \
  tests/unit/test_gmm_rows \
  tests/unit/test_inputs \
  tests/unit/test_instance \
  tests/unit/test_integrators \
  tests/unit/test_json \
  tests/unit/test_kernel \
  tests/unit/test_lineage \
  tests/unit/test_load \
  tests/unit/test_looks \
  tests/unit/test_mala \
  tests/unit/test_memory \
  tests/unit/test_mlp \
  tests/unit/test_npz \
  tests/unit/test_observation \
  tests/unit/test_observers \
  tests/unit/test_options \
  tests/unit/test_outputs \
  tests/unit/test_own \
  tests/unit/test_own_schedule \
  tests/unit/test_parallel \
  tests/unit/test_partial \
  tests/unit/test_parts \
  tests/unit/test_particles \
  tests/unit/test_path \
  tests/unit/test_path_models \
  tests/unit/test_place \
  tests/unit/test_pipeline \
  tests/unit/test_pipeline_population \
  tests/unit/test_pipeline_potentials \
  tests/unit/test_pipeline_time \
  tests/unit/test_population \
  tests/unit/test_potentials \
  tests/unit/test_precondition \
  tests/unit/test_progress \
  tests/unit/test_ramp \
  tests/unit/test_report \
  tests/unit/test_resample \
  tests/unit/test_resamplers \
  tests/unit/test_resolved \
  tests/unit/test_reverse_gmm \
  tests/unit/test_rng \
  tests/unit/test_run_json \
  tests/unit/test_safetensors \
  tests/unit/test_scan \
  tests/unit/test_scan_hint \
  tests/unit/test_schedules \
  tests/unit/test_schema \
  tests/unit/test_schema_array \
  tests/unit/test_scores \
  tests/unit/test_search \
  tests/unit/test_shares \
  tests/unit/test_slopes \
  tests/unit/test_suggest \
  tests/unit/test_trained \
  tests/unit/test_tree \
  tests/unit/test_trigger \
  tests/unit/test_tree_set \
  tests/unit/test_twist \
  tests/unit/test_verdicts \
  tests/unit/test_warnings \
  tests/unit/test_weights
if HAVE_PNG
check_PROGRAMS += tests/unit/test_image
endif
if HAVE_NUMPY
check_PROGRAMS += tests/exact/test_python tests/unit/test_python
endif
if HAVE_TORCH
check_PROGRAMS += \
  tests/exact/test_torch \
  tests/unit/test_torch \
  tests/unit/test_torch_files
check_DATA += tests/torch_models$(EXEEXT)
endif
endif
# Tests of what configure did not find: their mutants have none.
absent_tests =
if !HAVE_DNNL
absent_tests += unit/test_bf16_networks
endif
if !HAVE_PNG
absent_tests += unit/test_image
endif
if !HAVE_NUMPY
absent_tests += exact/test_python unit/test_python
endif
if !HAVE_TORCH
absent_tests += exact/test_torch unit/test_torch unit/test_torch_files
endif
tests_unit_test_image_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_image_LDADD = $(LDADD) $(PNG_LIBS)

# Writes the TorchScript files that those read; not a test itself.
EXTRA_PROGRAMS += tests/torch_models
tests_torch_models_SOURCES = tests/torch_models.cc
tests_torch_models_CPPFLAGS = $(AM_CPPFLAGS) $(TORCH_CPPFLAGS)
tests_torch_models_LDFLAGS = $(HARDEN_LDFLAGS)
tests_torch_models_LDADD = $(TORCH_LIBS)
CLEANFILES += tests/torch_models$(EXEEXT)

# These look inside the library of the network plugins.
tests_exact_test_networks_LDADD = plugins/net/libnet.la $(LDADD)
tests_unit_test_bf16_LDADD = plugins/net/libnet.la $(LDADD)
tests_unit_test_bf16_networks_LDADD = plugins/net/libnet.la $(LDADD)
tests_unit_test_own_schedule_LDADD = plugins/net/libnet.la $(LDADD)
tests_unit_test_precondition_LDADD = plugins/net/libnet.la $(LDADD)
tests_unit_test_safetensors_LDADD = plugins/net/libnet.la $(LDADD)

# Of headers, pages and packages: what they run of the host others run as well.
kit_scripts = \
  tests/cli/abi.sh \
  tests/cli/docs.sh \
  tests/cli/examples.sh \
  tests/cli/header.sh \
  tests/cli/install.sh \
  tests/cli/manual.sh \
  tests/cli/new.sh \
  tests/cli/package.sh
host_scripts = \
  tests/cli/absent.sh \
  tests/cli/check_model.sh \
  tests/cli/conf.sh \
  tests/cli/crashes.sh \
  tests/cli/explain.sh \
  tests/cli/faults.sh \
  tests/cli/files.sh \
  tests/cli/golden.sh \
  tests/cli/laws.sh \
  tests/cli/loading.sh \
  tests/cli/networks.sh \
  tests/cli/options.sh \
  tests/cli/pages.sh \
  tests/cli/reproducible.sh \
  tests/cli/runtime.sh \
  tests/cli/sizes.sh \
  tests/cli/trained.sh \
  tests/cli/zoo.sh
if HAVE_CHECK
host_scripts += tests/mutants.sh
endif
if HAVE_ASE
host_scripts += tests/cli/ase.sh
endif
if HAVE_NUMPY
host_scripts += tests/cli/python.sh
endif
if HAVE_TORCH_PYTHON
host_scripts += tests/cli/export.sh
else
EXTRA_DIST += tests/cli/export.sh
endif
dist_check_SCRIPTS += $(host_scripts) $(kit_scripts)
# Where a sanitizer can find something.
sanitized_tests = $(check_PROGRAMS) $(host_scripts)

# Plugins that break the rules, <kind>/<name> for tests/fixtures/<name>.c;
# compiled as a stranger would, without libtool, -z defs or an export list.
fixtures = \
  integrator/nan_kernel \
  integrator/needs_x0 \
  integrator/twisted_kernel \
  observer/owner \
  potential/bad_module \
  potential/bad_struct_size \
  potential/bad_table_default \
  potential/bad_table_duplicate \
  potential/bad_table_offset \
  potential/crash \
  potential/crashes \
  potential/early_verdict \
  potential/fail_create \
  potential/fast_math \
  potential/inf_potential \
  potential/memories \
  potential/missing_function \
  potential/nan_potential \
  potential/newer_minor \
  potential/next_major \
  potential/no_entry \
  potential/optimal_twist \
  potential/potential_constant \
  potential/potential_spring \
  potential/reserved_key \
  potential/undefined_symbol \
  potential/wrong_major \
  potential/wrong_name \
  resampler/bad_resampler \
  schedule/schedule_brownian \
  score/forms \
  score/labelled \
  score/nan_score \
  score/old_minor_ok \
  score/unwritten
check_DATA += fixture-tree/stamp
fixture-tree/stamp: $(srcdir)/tests/fixtures/*.[ch] $(kacinclude_HEADERS)
	@rm -rf fixture-tree
	@for fixture in $(fixtures); do \
	  name=$${fixture##*/}; flags=; \
	  test $$name != fast_math || flags=-ffast-math; \
	  $(MKDIR_P) fixture-tree/$${fixture%/*} && \
	  $(CC) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) $$flags \
	    -fPIC -shared $(srcdir)/tests/fixtures/$$name.c \
	    -o fixture-tree/$$fixture.so -lm -lpthread || exit 1; \
	done
	@touch $@

# Plugins that break one law of `kac test` each (tests/zoo.tsv), compiled as a
# stranger would, who has never heard of -fvisibility=hidden.
check_DATA += zoo-tree/stamp
zoo-tree/stamp: $(srcdir)/tests/zoo/*.[ch] $(kacinclude_HEADERS)
	@rm -rf zoo-tree && $(MKDIR_P) zoo-tree
	@for source in $(srcdir)/tests/zoo/*.c; do \
	  name=$${source##*/}; name=$${name%.c}; \
	  $(CC) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) \
	    -fvisibility=default "-DANIMAL=\"$$name\"" -fPIC -shared $$source \
	    -o zoo-tree/$$name.so -lm -lpthread || exit 1; \
	done
	@touch $@

TESTS = $(check_PROGRAMS) $(dist_check_SCRIPTS)
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = $(SHELL)

TEST_PATHS = \
  KAC='$(abs_builddir)/kac'; export KAC; \
  KAC_SRCDIR='$(abs_srcdir)'; export KAC_SRCDIR; \
  KAC_BUILDDIR='$(abs_builddir)'; export KAC_BUILDDIR; \
  KAC_PLUGIN_PATH='$(abs_builddir)/plugin-tree'; export KAC_PLUGIN_PATH;
AM_TESTS_ENVIRONMENT = $(TEST_PATHS) \
  KAC_FIXTURES='$(abs_builddir)/fixture-tree'; export KAC_FIXTURES; \
  KAC_MUTANT_EVERY=$${KAC_MUTANT_EVERY-4}; export KAC_MUTANT_EVERY; \
  CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; \
  KAC_TORCH_LIBS='$(TORCH_LIBS) -lstdc++'; export KAC_TORCH_LIBS; \
  TORCH_PYTHON='$(TORCH_PYTHON)'; export TORCH_PYTHON; \
  KAC_ABSENT_TESTS='$(absent_tests)'; export KAC_ABSENT_TESTS; \
  KAC_ASE_PYTHON='$(ASE_PYTHON)'; export KAC_ASE_PYTHON; \
  KAC_HAVE_NUMPY='$(HAVE_NUMPY)'; export KAC_HAVE_NUMPY; \
  KAC_NET_LIBS='$(DNNL_LIBS)'; export KAC_NET_LIBS; \
  KAC_PYTHON='$(abs_builddir)/plugins/python/.libs/libembed.a $(PYTHON_LIBS)'; \
  export KAC_PYTHON; \
  KAC_CPPFLAGS='$(AM_CPPFLAGS) $(CPPFLAGS)'; export KAC_CPPFLAGS; \
  KAC_CFLAGS='$(AM_CFLAGS) $(CFLAGS)'; export KAC_CFLAGS; \
  KAC_LIBS='$(LDFLAGS) $(CHECK_LIBS) $(LIBCONFIG_LIBS) $(OPENBLAS_LIBS) $(GSL_LIBS) $(LIBS)'; \
  export KAC_LIBS; \
  CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-240}; export CK_DEFAULT_TIMEOUT; \
  case '$(SANITIZE_CFLAGS)' in *address*) \
    PYTHONMALLOC=malloc; export PYTHONMALLOC;; esac; \
  UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS; \
  LSAN_OPTIONS='suppressions=$(abs_srcdir)/tests/lsan.supp:print_suppressions=0'; \
  export LSAN_OPTIONS;

# The tests of the tests take longer than the tests: `make check` has a quarter
# of the wrong twins (mutants.tsv) and of the wrong plugins (zoo.tsv).
check-all:
	KAC_MUTANT_EVERY=1 $(MAKE) $(AM_MAKEFLAGS) check
.PHONY: check-all

# Else make's rule for scripts would make this folder from golden.sh.
tests/cli/golden: ;

EXTRA_DIST += tests/abi tests/data tests/fixtures \
  tests/cli/blocks.awk tests/cli/golden tests/cli/lib.sh tests/cli/mistakes.md \
  tests/cli/prefix.sh tests/cli/results.sh tests/cli/shown.awk \
  tests/faults.tsv tests/laws.tsv tests/mutants.tsv tests/zoo.tsv tests/zoo \
  tests/exact/gmm40_means.txt tests/exact/python_models.py \
  tests/lsan.supp
