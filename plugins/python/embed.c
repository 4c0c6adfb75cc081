/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One CPython for the whole process, and calls into it.  It is started by the
 * first plan, by whichever plugin that is, and never finalised: libraries such
 * as PyTorch do not survive that.  Signals, locale, standard streams and the
 * floating-point environment stay the host's. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* dladdr, secure_getenv */
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "embed.h"

#include <dlfcn.h>
#include <fenv.h>
#include <kac/sdk.h>
#include <stdlib.h>

enum { ARRAYS_MAX = 5 };

static const char *const helper_text[] = {
#include "helper.inc"
};
static const char helper_name[] = "_kac_python";

/* Extension modules take CPython's symbols from the global scope; kac loads
 * its plugins, and so libpython, into a local one. */
static kac_status make_global(kac_error *err) {
  Dl_info info;
  if (dladdr(&PyUnicode_Type, &info) &&
      dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD))
    return KAC_OK;
  return kac_fail(err, KAC_EIO, "python: its library cannot be made global");
}

static kac_status give_status(PyStatus status, kac_error *err) {
  return kac_fail(err, KAC_EUNSUPPORTED,
                  "python does not start: %s (look at PYTHONHOME, PYTHONPATH "
                  "and VIRTUAL_ENV)",
                  status.err_msg ? status.err_msg : "no reason given");
}

/* The packages of an active virtual environment are found from the place of
 * its program. */
static PyStatus set_program(PyConfig *config) {
  char path[4096];
  const char *folder = secure_getenv("VIRTUAL_ENV");
  if (!folder || !folder[0]) return PyStatus_Ok();
  snprintf(path, sizeof path, "%s/bin/python3", folder);
  return PyConfig_SetBytesString(config, &config->program_name, path);
}

static kac_status start(kac_error *err) {
  PyPreConfig before;
  PyConfig config;
  PyPreConfig_InitPythonConfig(&before);
  before.configure_locale = 0;
  before.coerce_c_locale = 0;
  before.coerce_c_locale_warn = 0;
  before.utf8_mode = 1;
  before.parse_argv = 0;
  PyStatus status = Py_PreInitialize(&before);
  if (PyStatus_Exception(status)) return give_status(status, err);
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  config.configure_c_stdio = 0;
  config.parse_argv = 0;
  status = set_program(&config);
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) return give_status(status, err);
  PyEval_SaveThread();
  return KAC_OK;
}

/* What Python or a library of the user's changes of the floating-point
 * environment is undone: the host compares. */
struct visit {
  fenv_t env;
  PyGILState_STATE gil;
};

static void enter(struct visit *visit) {
  fegetenv(&visit->env);
  visit->gil = PyGILState_Ensure();
}

static void leave(const struct visit *visit) {
  PyGILState_Release(visit->gil);
  fesetenv(&visit->env);
}

static char *join_helper(void) {
  size_t bytes = 1, n = sizeof helper_text / sizeof *helper_text;
  for (size_t i = 0; i < n; i++) bytes += strlen(helper_text[i]);
  char *text = malloc(bytes), *to = text;
  for (size_t i = 0; text && i < n; i++) {
    size_t length = strlen(helper_text[i]);
    memcpy(to, helper_text[i], length);
    to += length;
  }
  if (text) *to = '\0';
  return text;
}

/* A new reference to the module, which the first caller makes. */
static PyObject *helper(void) {
  PyObject *module = NULL, *code = NULL;
  PyObject *found = PyDict_GetItemString(PyImport_GetModuleDict(), helper_name);
  if (found) return Py_NewRef(found);
  char *text = join_helper();
  if (text) code = Py_CompileString(text, "<kac>", Py_file_input);
  free(text);
  if (code) module = PyImport_ExecCodeModule(helper_name, code);
  Py_XDECREF(code);
  return module;
}

/* Takes the reference.  The helper gives its errors as text; an exception of
 * its own means that Python is out of memory or broken. */
static kac_status judge(PyObject *result, kac_error *err) {
  const char *text = "an error without a message";
  if (result && !PyUnicode_Check(result)) {
    Py_DECREF(result);
    return KAC_OK;
  }
  if (result) text = PyUnicode_AsUTF8(result);
  if (!result && PyErr_ExceptionMatches(PyExc_MemoryError)) text = "no memory";
  PyErr_Clear();
  kac_fail(err, KAC_EINVAL, "%s", text ? text : "a text that is not UTF-8");
  Py_XDECREF(result);
  return KAC_EINVAL;
}

static PyObject *roles(const struct embed_source *source) {
  PyObject *dict = PyDict_New();
  for (size_t i = 0; dict && i < source->n; i++) {
    if (!source->function[i][0]) continue;
    PyObject *name = PyUnicode_FromString(source->function[i]);
    if (name) PyDict_SetItemString(dict, source->role[i], name);
    Py_XDECREF(name);
  }
  return dict;
}

static PyObject *ask(const struct embed_source *source, const char *method) {
  PyObject *module = helper(), *result = NULL;
  if (module)
    result = PyObject_CallMethod(module, method, "sNs", source->file,
                                 roles(source), source->arguments);
  Py_XDECREF(module);
  return result;
}

kac_status embed_check(const struct embed_source *source, kac_error *err) {
  struct visit visit;
  if (!Py_IsInitialized()) {
    fenv_t env;
    fegetenv(&env);
    kac_status status = make_global(err);
    if (status == KAC_OK) status = start(err);
    fesetenv(&env);
    if (status != KAC_OK) return status;
  }
  enter(&visit);
  kac_status status = judge(ask(source, "check"), err);
  leave(&visit);
  return status;
}

kac_status embed_load(const struct embed_source *source, void **model,
                      kac_error *err) {
  struct visit visit;
  enter(&visit);
  PyObject *result = ask(source, "load");
  *model = result;
  if (result && !PyUnicode_Check(result)) Py_INCREF(result);
  kac_status status = judge(result, err);
  leave(&visit);
  return status;
}

void embed_drop(void *model) {
  struct visit visit;
  enter(&visit);
  Py_DECREF((PyObject *)model);
  leave(&visit);
}

/* Of float64; never written to, but Py_buffer has no const.  It must live as
 * long as the views. */
static char real_format[] = "d";

/* Python's buffers have no const: is_writable says the same. */
static PyObject *view(const struct embed_array *array) {
  Py_ssize_t shape[2] = {(Py_ssize_t)array->n, (Py_ssize_t)array->d};
  Py_ssize_t stride[2] = {sizeof(double), sizeof(double)};
  if (!array->data) return Py_NewRef(Py_None);
  if (array->d > 0) stride[0] *= (Py_ssize_t)array->ld;
  Py_buffer buffer = {.buf = (void *)(uintptr_t)array->data,
                      .len = shape[0] * (Py_ssize_t)sizeof(double),
                      .itemsize = sizeof(double),
                      .readonly = !array->is_writable,
                      .ndim = array->d > 0 ? 2 : 1,
                      .format = real_format,
                      .shape = shape,
                      .strides = stride};
  if (array->d > 0) buffer.len *= shape[1];
  return PyMemoryView_FromBuffer(&buffer);
}

/* A view that somebody kept says so when it is used, instead of showing what
 * lies there by then. */
static void release(PyObject *object) {
  if (!object || object == Py_None) return;
  PyObject *result = PyObject_CallMethod(object, "release", NULL);
  if (!result) PyErr_Clear();
  Py_XDECREF(result);
}

kac_status embed_call(void *model, const char *method,
                      const struct embed_array *arrays, size_t n_arrays,
                      const kac_coeffs *c, kac_error *err) {
  struct visit visit;
  const double numbers[] = {c->t, c->alpha, c->sigma};
  PyObject *given[ARRAYS_MAX + 4] = {model}, *result = NULL;
  size_t n = 1;
  enter(&visit);
  for (size_t i = 0; i < n_arrays; i++) given[n++] = view(&arrays[i]);
  for (size_t i = 0; i < 3; i++) given[n++] = PyFloat_FromDouble(numbers[i]);
  PyObject *name = PyUnicode_InternFromString(method);
  size_t n_good = 0;
  while (n_good < n && given[n_good]) n_good++;
  if (name && n_good == n)
    result = PyObject_VectorcallMethod(name, given, n, NULL);
  kac_status status = judge(result, err);
  for (size_t i = 1; i <= n_arrays; i++) release(given[i]);
  for (size_t i = 1; i < n; i++) Py_XDECREF(given[i]);
  Py_XDECREF(name);
  leave(&visit);
  return status;
}
