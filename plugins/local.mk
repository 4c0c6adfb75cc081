# SPDX-License-Identifier: GPL-3.0-or-later
# One module per plugins/<kind>/<name>.c, named plugins/<kind>/<name>.la here;
# automake finds the source by itself.  Installed as
# $(libdir)/kac/plugins/<kind>/<name>.so.
pluginscoredir = $(libdir)/kac/plugins/score
pluginscore_LTLIBRARIES = \
  plugins/score/double_well.la \
  plugins/score/gaussian.la \
  plugins/score/gmm.la \
  plugins/score/lennard_jones.la \
  plugins/score/mlp.la \
  plugins/score/mueller_brown.la

pluginpotentialdir = $(libdir)/kac/plugins/potential
pluginpotential_LTLIBRARIES = \
  plugins/potential/box.la \
  plugins/potential/classifier.la \
  plugins/potential/contact.la \
  plugins/potential/distance.la \
  plugins/potential/linear.la \
  plugins/potential/observation.la \
  plugins/potential/quadratic.la \
  plugins/potential/sinusoid.la

pluginintegratordir = $(libdir)/kac/plugins/integrator
pluginintegrator_LTLIBRARIES = \
  plugins/integrator/ancestral.la \
  plugins/integrator/euler_maruyama.la \
  plugins/integrator/exponential.la \
  plugins/integrator/heun.la \
  plugins/integrator/langevin.la \
  plugins/integrator/mala.la \
  plugins/integrator/reverse_gmm.la

pluginresamplerdir = $(libdir)/kac/plugins/resampler
pluginresampler_LTLIBRARIES = \
  plugins/resampler/argmax.la \
  plugins/resampler/killing.la \
  plugins/resampler/multinomial.la \
  plugins/resampler/partial.la \
  plugins/resampler/residual.la \
  plugins/resampler/ssp.la \
  plugins/resampler/stratified.la \
  plugins/resampler/systematic.la

pluginscheduledir = $(libdir)/kac/plugins/schedule
pluginschedule_LTLIBRARIES = \
  plugins/schedule/cosine.la \
  plugins/schedule/edm.la \
  plugins/schedule/static.la \
  plugins/schedule/ve.la \
  plugins/schedule/vp.la

pluginobserverdir = $(libdir)/kac/plugins/observer
pluginobserver_LTLIBRARIES = \
  plugins/observer/compare.la \
  plugins/observer/moments.la \
  plugins/observer/npy.la \
  plugins/observer/trace.la

# What plugins that run a network share, linked into each of them.
noinst_LTLIBRARIES += plugins/net/libnet.la
plugins_net_libnet_la_LDFLAGS =
plugins_net_libnet_la_SOURCES = \
  plugins/net/activation.c \
  plugins/net/activation.h \
  plugins/net/cursor.c \
  plugins/net/cursor.h \
  plugins/net/gemm.c \
  plugins/net/gemm.h \
  plugins/net/mlp.c \
  plugins/net/mlp.h \
  plugins/net/mlp_load.c \
  plugins/net/network.c \
  plugins/net/network.h \
  plugins/net/number.c \
  plugins/net/number.h \
  plugins/net/precondition.c \
  plugins/net/precondition.h \
  plugins/net/safetensors.c \
  plugins/net/safetensors.h \
  plugins/net/safetensors_header.c

plugins_potential_classifier_la_LIBADD = plugins/net/libnet.la
plugins_score_mlp_la_LIBADD = plugins/net/libnet.la

# What needs libtorch.  One C++ file includes its headers, which takes ten
# seconds; the plugins themselves are C.
if HAVE_TORCH
pluginscore_LTLIBRARIES += plugins/score/torch.la
pluginpotential_LTLIBRARIES += plugins/potential/torch.la
noinst_LTLIBRARIES += plugins/torch/libscript.la
endif
plugins_torch_libscript_la_LDFLAGS =
plugins_torch_libscript_la_CPPFLAGS = $(AM_CPPFLAGS) $(TORCH_CPPFLAGS)
plugins_torch_libscript_la_SOURCES = \
  plugins/torch/message.cc \
  plugins/torch/message.h \
  plugins/torch/script.cc \
  plugins/torch/script.h \
  plugins/torch/tensors.h
torch_libadd = plugins/torch/libscript.la $(TORCH_LIBS) -lstdc++
plugins_score_torch_la_LIBADD = plugins/net/libnet.la $(torch_libadd)
plugins_potential_torch_la_LIBADD = $(torch_libadd)

noinst_HEADERS += \
  plugins/integrator/step_size.h \
  plugins/observer/estimate.h \
  plugins/observer/output.h \
  plugins/potential/pair.h \
  plugins/resampler/draws.h \
  plugins/resampler/weights.h \
  plugins/score/cholesky.h \
  plugins/score/energy.h \
  plugins/score/mixture.h \
  plugins/score/shares.h \
  plugins/score/tile.h

plugin_modules = $(pluginscore_LTLIBRARIES) $(pluginpotential_LTLIBRARIES) \
  $(pluginintegrator_LTLIBRARIES) $(pluginresampler_LTLIBRARIES) \
  $(pluginschedule_LTLIBRARIES) $(pluginobserver_LTLIBRARIES)

# The tree that `kac` searches, for use before installation.
all-local: plugin-tree/stamp
plugin-tree/stamp: $(plugin_modules)
	@rm -rf plugin-tree && $(MKDIR_P) plugin-tree
	@for la in $(plugin_modules); do \
	  base=$${la#plugins/}; kind=$${base%/*}; name=$${base##*/}; \
	  $(MKDIR_P) plugin-tree/$$kind && \
	  ln -s ../../plugins/$$kind/.libs/$${name%.la}.so plugin-tree/$$kind/ \
	    || exit 1; \
	done
	@touch $@

# A module's .la is of no use to anyone.  Without it libtool does not know
# what to uninstall, so that is said here as well.
install-data-hook:
	for la in $(plugin_modules); do \
	  rm -f "$(DESTDIR)$(libdir)/kac/$$la"; \
	done
uninstall-hook:
	for la in $(plugin_modules); do \
	  rm -f "$(DESTDIR)$(libdir)/kac/$${la%.la}.so"; \
	done

clean-local:
	rm -rf plugin-tree fixture-tree
