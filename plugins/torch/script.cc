// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript modules through libtorch; see script.h.  Only this file includes
// its headers, because that takes ten seconds to compile.
//
// Every result must be the same in every call and on every thread.  So torch
// has one thread, and its graphs run as they were written: the profiling
// executor would rewrite them after the first calls, with other roundings, and
// it is chance which block comes first.
#include "script.h"

#include "message.h"
#include "tensors.h"

#include <kac/sdk.h>
#include <malloc.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

struct script {
  torch::jit::Module module;
  at::ScalarType type;
  std::string notes;
  script_precision precision;
  struct stat about;
  size_t n_users;
};

namespace {

using std::string;

// --- messages ---------------------------------------------------------------
kac_status tell(kac_error *err, kac_status code, const char *name,
                const string &text) {
  string all = name + string(name[0] ? ": " : "") + text;
  return kac_fail(err, code, "%s",
                  message_fitted(all, sizeof err->msg).c_str());
}

// Inside a catch block: what was caught, as a kac_error.
kac_status caught(const char *name, kac_error *err) {
  try {
    throw;
  } catch (const c10::Error &error) {
    return tell(err, KAC_EINVAL, name,
                message_line(error.what_without_backtrace()));
  } catch (const std::exception &error) {
    return tell(err, KAC_EINVAL, name, message_line(error.what()));
  } catch (...) {
    return tell(err, KAC_EINVAL, name, "an exception of unknown type");
  }
}

// --- loading ----------------------------------------------------------------
// A network of float64 is computed in float64, one of float32 in float32.
at::ScalarType type_of(const torch::jit::Module &module) {
  at::ScalarType type = at::kDouble;
  for (const at::Tensor &parameter : module.parameters())
    if (parameter.is_floating_point() && parameter.scalar_type() != at::kDouble)
      type = parameter.scalar_type();
  return type;
}

template <class List>
void convert(const List &list, at::ScalarType type) {
  for (at::Tensor tensor : list)
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(type));
}

void prepare(script *s) {
  s->module.eval();
  if (s->precision != SCRIPT_FILE) {
    s->type = s->precision == SCRIPT_FLOAT32 ? at::kFloat : at::kDouble;
    convert(s->module.parameters(), s->type);
    convert(s->module.buffers(), s->type);
  }
  for (at::Tensor parameter : s->module.parameters())
    parameter.set_requires_grad(false);
}

// As numbers of the precision in which they are used.
template <class List>
string refused_in(const List &list, bool may_be_infinite) {
  for (const auto &entry : list) {
    double value = 0;
    int64_t i = first_refused(entry.value, may_be_infinite, &value);
    if (i < 0) continue;
    return "tensor '" + entry.name + "': number " + std::to_string(i) + " of " +
           std::to_string(entry.value.numel()) + " is " +
           (std::isnan(value) ? "nan"
            : value < 0       ? "-inf"
                              : "inf") +
           " in " + c10::toString(entry.value.scalar_type());
  }
  return "";
}

// What is no parameter may be infinite: the mask of an attention is.
kac_status check_finite(const script *s, const char *name, kac_error *err) {
  string fault = refused_in(s->module.named_parameters(), false);
  if (fault.empty()) fault = refused_in(s->module.named_buffers(), true);
  return fault.empty() ? KAC_OK : tell(err, KAC_EINVAL, name, fault);
}

kac_status check(const script *s, const char *name, kac_error *err) {
  if (!s->module.find_method("forward"))
    return tell(err, KAC_EINVAL, name, "the module has no method forward");
  if (s->type == at::kFloat || s->type == at::kDouble) return KAC_OK;
  return tell(err, KAC_EINVAL, name,
              string("its parameters are of type ") + c10::toString(s->type) +
                  ": set precision = \"float32\" or \"float64\"");
}

kac_status load(const char *path, script *s, kac_error *err) {
  const char *name = message_file(path);
  try {
    torch::jit::ExtraFilesMap extra{{"kac.json", ""}};
    // Outside of any guard: what is made under some of them has no gradients.
    s->module = torch::jit::load(path, c10::Device(c10::kCPU), extra);
    s->notes = extra["kac.json"];
    s->type = type_of(s->module);
    prepare(s);
    kac_status status = check(s, name, err);
    return status == KAC_OK ? check_finite(s, name, err) : status;
  } catch (...) {
    kac_status status = caught(name, err);
    string fault = message_misfit(path);
    if (!fault.empty()) return tell(err, KAC_EINVAL, name, fault);
    size_t used = std::strlen(err->msg);
    if (std::strstr(err->msg, "Unknown builtin op"))
      snprintf(err->msg + used, sizeof err->msg - used,
               "; this is libtorch " TORCH_VERSION);
    return status;
  }
}

// Once in a process.  The host runs blocks on threads of its own; a second
// level of them would spin against the first (docs/design.md).  And malloc
// keeps what it has: every operator allocates its result, and pages given back
// to the system and faulted in again can cost as much as the products.  [main]
void settle() {
  static bool is_done = false;
  if (is_done) return;
  is_done = true;
#ifdef M_TRIM_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
  at::set_num_threads(1);
  try {
    if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
  } catch (const c10::Error &) {  // somebody else in this process has set it
  }
}

// The one mutable global: the modules in use, and those of late, because a
// module is planned with before it is created.  [main]
std::vector<script *> all_scripts;

bool is_same(const struct stat &a, const struct stat &b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
         a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

script *find(const struct stat &about, script_precision precision) {
  for (script *s : all_scripts)
    if (is_same(s->about, about) && s->precision == precision) return s;
  return nullptr;
}

void forget_unused() {
  std::vector<script *> used;
  for (script *s : all_scripts)
    if (s->n_users > 0)
      used.push_back(s);
    else
      delete s;
  all_scripts.swap(used);
}

// --- running ----------------------------------------------------------------
// As it is written, and with the thread's share of OpenMP set to one. Gradients
// are on, for modules that take one of their own, the score of an energy; they
// cost nothing where no input needs one.
struct plainly {
  torch::jit::GraphOptimizerEnabledGuard guard{false};
  at::AutoGradMode mode{true};
  plainly() {
    static thread_local bool is_ready = false;
    if (!is_ready) at::init_num_threads();
    is_ready = true;
  }
};

// The tensor of forward, as `result` says.
kac_status shape(const script_form &form, const script_call &call,
                 at::Tensor &out, kac_error *err) {
  int64_t n = int64_t(call.n), d = int64_t(call.d);
  bool is_table = out.dim() == 2 && out.size(0) == n;
  string expected;
  if (form.result == SCRIPT_ROWS) {
    if (is_table && out.size(1) == d) return KAC_OK;
    expected = message_shape({n, d}) + ", as x";
  } else if (form.result == SCRIPT_VALUES) {
    if (is_table && out.size(1) == 1) out = out.squeeze(1);
    if (out.dim() == 1 && out.size(0) == n) return KAC_OK;
    expected = message_shape({n}) + ", one for each row of x" +
               (is_table ? ": pick one by column or class" : "");
  } else if (is_table && form.column < out.size(1)) {
    if (form.result == SCRIPT_LOG_SOFTMAX)
      out = at::log_softmax(out.to(at::kDouble), 1);
    out = out.select(1, form.column);
    return KAC_OK;
  } else {
    expected = message_shape({n}, "columns") + " with column " +
               std::to_string(form.column);
  }
  return tell(err, KAC_EINVAL, "",
              "forward gives the shape " + message_shape(out.sizes().vec()) +
                  ", expected " + expected);
}

struct inputs {
  at::Tensor x, label;
  std::vector<c10::IValue> all;
};

inputs make_inputs(const script &s, const script_form &form,
                   const script_call &call, bool with_gradient) {
  inputs in;
  in.x = tensor_of(s.type, call.x, call.ld, call.scale, call.n, call.d);
  in.x.set_requires_grad(with_gradient);
  in.all.emplace_back(in.x);
  if (form.has_label) {
    in.label = at::full({int64_t(call.n)}, call.label, s.type);
    in.label.set_requires_grad(with_gradient && call.by_label);
    in.all.emplace_back(in.label);
  }
  if (form.has_class)
    in.all.emplace_back(at::full({int64_t(call.n)}, form.class_at, at::kLong));
  return in;
}

// The result, checked and with its values copied.
kac_status forward(const script &s, const script_form &form,
                   const script_call &call, const inputs &in, at::Tensor &out,
                   kac_error *err) {
  c10::IValue value = s.module.get_method("forward")(in.all);
  if (!value.isTensor())
    return tell(err, KAC_EINVAL, "",
                "forward gives " + value.tagKind() + ", expected a Tensor");
  out = value.toTensor();
  if (out.scalar_type() != at::kFloat && out.scalar_type() != at::kDouble)
    return tell(err, KAC_EINVAL, "",
                string("forward gives numbers of type ") +
                    c10::toString(out.scalar_type()) +
                    ", expected Float or Double");
  kac_status status = shape(form, call, out, err);
  if (status == KAC_OK)
    copy_out(out, form.result == SCRIPT_ROWS ? call.n * call.d : call.n,
             call.result);
  return status;
}

kac_status no_gradient(kac_error *err) {
  return tell(err, KAC_EUNSUPPORTED, "",
              "no gradient: what forward gives does not depend on x in a way "
              "that torch can differentiate");
}

kac_status pull_back(const inputs &in, const script_call &call,
                     const at::Tensor &out, kac_error *err) {
  if (!out.requires_grad() && call.by_x) return no_gradient(err);
  at::Tensor v = call.cotangent ? tensor_of(out.scalar_type(), call.cotangent,
                                            call.ldv, 1.0, call.n, call.d)
                                : at::full(out.sizes(), 1.0, out.scalar_type());
  std::vector<at::Tensor> by;
  if (call.by_x) by.push_back(in.x);
  if (call.by_label) by.push_back(in.label);
  std::vector<at::Tensor> grad = gradients(out, by, v);
  if (call.by_x && !grad.front().defined()) return no_gradient(err);
  if (call.by_x) copy_out(grad.front(), call.n * call.d, call.by_x);
  if (call.by_label) copy_out(grad.back(), call.n, call.by_label);
  return KAC_OK;
}

// Of a trial call; one that throws is as good as none.
bool can_pull_back(const inputs &in, const at::Tensor &out) {
  if (!out.requires_grad()) return false;
  try {
    at::Tensor v = at::full(out.sizes(), 1.0, out.scalar_type());
    return gradients(out, {in.x}, v).front().defined();
  } catch (const std::exception &) {
    return false;
  }
}

kac_status run(const script &s, const script_form &form,
               const script_call &call, kac_error *err) {
  bool pulls = call.by_x || call.by_label;
  plainly as_written;
  inputs in = make_inputs(s, form, call, pulls);
  at::Tensor out;
  kac_status status = forward(s, form, call, in, out, err);
  return status == KAC_OK && pulls ? pull_back(in, call, out, err) : status;
}

}  // namespace

kac_status script_acquire(const char *path, script_precision precision,
                          script **out, kac_error *err) try {
  struct stat about;
  *out = nullptr;
  if (stat(path, &about) != 0)
    return kac_fail(err, KAC_EIO, "%s: %s", path, std::strerror(errno));
  if (!S_ISREG(about.st_mode))
    return kac_fail(err, KAC_EIO, "%s: not a regular file", path);
  settle();
  script *shared = find(about, precision);
  if (!shared) {
    forget_unused();
    std::unique_ptr<script> fresh(new script());
    fresh->about = about;
    fresh->precision = precision;
    kac_status status = load(path, fresh.get(), err);
    if (status != KAC_OK) return status;
    all_scripts.push_back(fresh.get());
    shared = fresh.release();
  }
  shared->n_users++;
  *out = shared;
  return KAC_OK;
} catch (...) {
  return caught(message_file(path), err);
}

void script_release(script *s) {
  if (s) s->n_users--;
}

const char *script_notes(const script *s) {
  return s->notes.c_str();
}

void script_arguments(const script *s, size_t *least, size_t *most) {
  const auto &arguments =
      s->module.get_method("forward").function().getSchema().arguments();
  *least = 0;
  *most = arguments.size() - 1;
  for (size_t i = 1; i < arguments.size(); i++)
    if (!arguments[i].default_value()) *least = i;
}

kac_status script_run(const script *s, const script_form *form,
                      const script_call *call, kac_error *err) try {
  return run(*s, *form, *call, err);
} catch (...) {
  return caught("forward", err);
}

kac_status script_try(const script *s, const script_form *form, size_t d,
                      double label, bool *has_gradient, kac_error *err) try {
  // Other numbers of rows and columns, so that no mix-up looks right.
  size_t n = d == 2 ? 3 : 2;
  std::vector<double> x(n * d), result(n * d);
  for (size_t i = 0; i < n * d; i++)
    x[i] = 0.5 - 0.125 * static_cast<double>(i % 7);
  script_call call = {};
  call.n = n;
  call.d = call.ld = d;
  call.x = x.data();
  call.scale = 1;
  call.label = label;
  call.result = result.data();
  plainly as_written;
  at::Tensor out;
  inputs in = make_inputs(*s, *form, call, true);
  kac_status status = forward(*s, *form, call, in, out, err);
  *has_gradient = status == KAC_OK && can_pull_back(in, out);
  return status;
} catch (...) {
  return caught("forward", err);
}
