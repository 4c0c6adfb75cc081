# SPDX-License-Identifier: GPL-3.0-or-later
# One module per plugins/<kind>/<name>.c, named plugins/<kind>/<name>.la here;
# automake finds the source by itself.  Installed as
# $(libdir)/kac/plugins/<kind>/<name>.so.
pluginscoredir = $(libdir)/kac/plugins/score
pluginscore_LTLIBRARIES = \
  plugins/score/double_well.la \
  plugins/score/egnn.la \
  plugins/score/gaussian.la \
  plugins/score/gmm.la \
  plugins/score/lennard_jones.la \
  plugins/score/mlp.la \
  plugins/score/mueller_brown.la \
  plugins/score/unet.la

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
  plugins/observer/classes.la \
  plugins/observer/compare.la \
  plugins/observer/dcd.la \
  plugins/observer/moments.la \
  plugins/observer/npy.la \
  plugins/observer/trace.la \
  plugins/observer/xyz.la
if HAVE_PNG
pluginobserver_LTLIBRARIES += plugins/observer/image.la
endif
plugins_observer_image_la_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS)
plugins_observer_image_la_LIBADD = $(PNG_LIBS)

# What plugins that run a network share, linked into each of them.
noinst_LTLIBRARIES += plugins/net/libnet.la
plugins_net_libnet_la_LDFLAGS =
plugins_net_libnet_la_SOURCES = \
  plugins/net/activation.c \
  plugins/net/activation.h \
  plugins/net/bf16.c \
  plugins/net/bf16.h \
  plugins/net/cursor.c \
  plugins/net/cursor.h \
  plugins/net/egnn.c \
  plugins/net/egnn.h \
  plugins/net/egnn_back.c \
  plugins/net/egnn_file.c \
  plugins/net/egnn_steps.c \
  plugins/net/egnn_steps.h \
  plugins/net/embedding.c \
  plugins/net/embedding.h \
  plugins/net/gemm.c \
  plugins/net/gemm.h \
  plugins/net/layers.c \
  plugins/net/layers.h \
  plugins/net/mlp.c \
  plugins/net/mlp.h \
  plugins/net/mlp_load.c \
  plugins/net/network.c \
  plugins/net/network.h \
  plugins/net/number.c \
  plugins/net/number.h \
  plugins/net/onednn.h \
  plugins/net/precondition.c \
  plugins/net/precondition.h \
  plugins/net/safetensors.c \
  plugins/net/safetensors.h \
  plugins/net/safetensors_header.c \
  plugins/net/shared.c \
  plugins/net/shared.h \
  plugins/net/tiles.c \
  plugins/net/tiles.h \
  plugins/net/unet.c \
  plugins/net/unet.h \
  plugins/net/unet_file.c
if HAVE_DNNL
plugins_net_libnet_la_SOURCES += plugins/net/onednn.c
else
plugins_net_libnet_la_SOURCES += plugins/net/onednn_none.c
endif
plugins_net_libnet_la_LIBADD = $(DNNL_LIBS)

plugins_observer_classes_la_LIBADD = plugins/net/libnet.la
plugins_score_egnn_la_LIBADD = plugins/net/libnet.la
plugins_potential_classifier_la_LIBADD = plugins/net/libnet.la
plugins_score_mlp_la_LIBADD = plugins/net/libnet.la
plugins_score_unet_la_LIBADD = plugins/net/libnet.la

# One CPython in the process for the plugins named python.  The text of its
# Python files, one module, becomes lines of C, for embed.c to include.
if HAVE_PYTHON
pluginscore_LTLIBRARIES += plugins/score/python.la
pluginpotential_LTLIBRARIES += plugins/potential/python.la
noinst_LTLIBRARIES += plugins/python/libembed.la
endif
plugins_score_python_la_LIBADD = plugins/python/libembed.la $(PYTHON_LIBS)
plugins_potential_python_la_LIBADD = plugins/python/libembed.la $(PYTHON_LIBS)
plugins_python_libembed_la_SOURCES = plugins/python/embed.c \
  plugins/python/embed.h
plugins_python_libembed_la_CPPFLAGS = $(AM_CPPFLAGS) -iquote plugins/python \
  $(PYTHON_CFLAGS)
plugins_python_libembed_la_LDFLAGS =
$(plugins_python_libembed_la_OBJECTS): plugins/python/helper.inc
python_text = $(srcdir)/plugins/python/errors.py \
  $(srcdir)/plugins/python/source.py $(srcdir)/plugins/python/helper.py
plugins/python/helper.inc: $(python_text)
	@$(MKDIR_P) plugins/python
	$(AM_V_GEN)$(SED) -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n",/' \
	  $(python_text) >$@
EXTRA_DIST += plugins/python/errors.py plugins/python/source.py \
  plugins/python/helper.py
CLEANFILES += plugins/python/helper.inc

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
  plugins/observer/bodies.h \
  plugins/observer/estimate.h \
  plugins/observer/output.h \
  plugins/observer/pick.h \
  plugins/potential/pair.h \
  plugins/resampler/draws.h \
  plugins/resampler/prefix.h \
  plugins/resampler/weights.h \
  plugins/score/cholesky.h \
  plugins/score/energy.h \
  plugins/score/mixture.h \
  plugins/score/rows.h \
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

# What `kac new` copies; the link is for use before installation.
templatedir = $(datadir)/kac/template
dist_template_DATA = \
  plugins/template/Makefile \
  plugins/template/README.md \
  plugins/template/integrator.c \
  plugins/template/integrator.cfg \
  plugins/template/observer.c \
  plugins/template/observer.cfg \
  plugins/template/potential.c \
  plugins/template/potential.cfg \
  plugins/template/resampler.c \
  plugins/template/resampler.cfg \
  plugins/template/schedule.c \
  plugins/template/schedule.cfg \
  plugins/template/score.c \
  plugins/template/score.cfg
all-local: template-tree
template-tree:
	$(AM_V_at)$(LN_S) '$(abs_srcdir)/plugins/template' $@

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
	@for folder in $(own_folders); do \
	  rmdir "$(DESTDIR)$$folder" 2>/dev/null || :; \
	done

# Nobody else's, deepest first: they go when they are empty.
own_folders = $(pluginscoredir) $(pluginpotentialdir) $(pluginintegratordir) \
  $(pluginresamplerdir) $(pluginscheduledir) $(pluginobserverdir) \
  $(libdir)/kac/plugins $(libdir)/kac $(templatedir) $(datadir)/kac \
  $(kacincludedir) $(cmakedir) $(docdir)

clean-local:
	rm -rf plugin-tree fixture-tree template-tree zoo-tree
