// SPDX-License-Identifier: GPL-3.0-or-later
// What score/torch costs beside libtorch itself: the network of W4, 64-256-256-
// 256-64 with SiLU, each layer told the time, as TorchScript.  The same batch
// goes through the module, called as a C++ program calls it, and through the
// plugin as the host does, in turn; with and without the gradient.  Needs no
// inputs: the time does not depend on the weights.
#include <dlfcn.h>
#include <kac/sdk.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#ifndef AT_PER_OPERATOR_HEADERS
#define AT_PER_OPERATOR_HEADERS
#endif
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

namespace {

constexpr size_t D = 64;

[[noreturn]] void die(const std::string &text) {
  std::fprintf(stderr, "kac-bench-torch: %s\n", text.c_str());
  std::exit(1);
}

at::Tensor waves(int64_t rows, int64_t columns, double size) {
  at::Tensor made = at::full({rows, columns}, 0.0, at::kFloat);
  for (int64_t i = 0; i < made.numel(); i++)
    made.data_ptr<float>()[i] =
        static_cast<float>(size * std::sin(0.37 * static_cast<double>(i + 1)));
  return made;
}

void write_network(const std::string &path) {
  torch::jit::Module net("net");
  const int64_t widths[] = {64, 256, 256, 256, 64};
  std::string source = "def forward(self, x, t):\n  t = t.unsqueeze(1)\n";
  for (int64_t l = 0; l < 4; l++) {
    std::string n = std::to_string(l);
    net.register_parameter("w" + n, waves(widths[l + 1], widths[l], 0.1),
                           false);
    net.register_parameter("b" + n, waves(1, widths[l + 1], 0.1), false);
    net.register_parameter("c" + n, waves(1, widths[l + 1], 0.2), false);
    source += "  x = torch.addmm(self.b" + n + " + t * self.c" + n +
              ", x, self.w" + n + ".t())\n";
    if (l < 3) source += "  x = torch.silu(x)\n";
  }
  net.define(source + "  return x\n");
  net.save(path);
}

// --- the plugin
// ---------------------------------------------------------------
std::vector<void *> lent;

void *alloc(const kac_host *, size_t bytes) {
  lent.push_back(std::calloc(1, bytes));
  return lent.back();
}

kac_status coeffs(const kac_block *, double t, kac_coeffs *c, kac_error *) {
  c->t = t;
  c->alpha = 0.8;
  c->sigma = 0.6;
  return KAC_OK;
}

struct plugin {
  const kac_component *component;
  void *self;
  std::vector<double> scratch;
  kac_space space;
};

void set_choice(const kac_component *component, void *config, const char *name,
                int64_t value) {
  for (uint32_t i = 0; i < component->n_params; i++)
    if (std::strcmp(component->params[i].name, name) == 0)
      std::memcpy(static_cast<char *>(config) + component->params[i].offset,
                  &value, sizeof value);
}

plugin open_plugin(const std::string &folder, const char *file, size_t rows) {
  void *library = dlopen((folder + "/score/torch.so").c_str(), RTLD_NOW);
  if (!library) die(dlerror());
  auto entry = reinterpret_cast<kac_module_fn>(dlsym(library, KAC_ENTRY));
  plugin p = {entry()->components[0], nullptr, {}, {}};
  const kac_component *component = p.component;
  void *config = alloc(nullptr, component->config_size);
  set_choice(component, config, "class", -1);
  set_choice(component, config, "parameterisation", 1);  // eps
  set_choice(component, config, "label", 2);             // t
  std::memcpy(static_cast<char *>(config) + component->params[0].offset, &file,
              sizeof file);
  p.space.struct_size = sizeof p.space;
  p.space.n_real = D;
  kac_plan plan = {};
  plan.struct_size = sizeof plan;
  plan.space = &p.space;
  plan.block = rows;
  kac_host host = {};
  host.struct_size = sizeof host;
  host.alloc = alloc;
  kac_error err;
  if (component->plan(config, &plan, &err) != KAC_OK ||
      component->create(&host, config, &plan, &p.self, &err) != KAC_OK)
    die(err.msg);
  p.scratch.resize(plan.scratch_bytes / sizeof(double));
  return p;
}

// --- the clocks
// ---------------------------------------------------------------
double cpu() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> &values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct batch {
  size_t n;
  std::vector<double> x, v, score, vjp;
  at::Tensor xf, tf, vf;
};

batch make_batch(size_t n) {
  batch b = {n,
             std::vector<double>(n * D),
             std::vector<double>(n * D),
             std::vector<double>(n * D),
             std::vector<double>(n * D),
             waves(static_cast<int64_t>(n), D, 1),
             at::Tensor(),
             waves(static_cast<int64_t>(n), D, 0.5)};
  b.tf = at::full({static_cast<int64_t>(n)}, 0.37, at::kFloat);
  for (size_t i = 0; i < n * D; i++) {
    b.x[i] = static_cast<double>(b.xf.data_ptr<float>()[i]);
    b.v[i] = static_cast<double>(b.vf.data_ptr<float>()[i]);
  }
  return b;
}

void call_torch(torch::jit::Module &net, batch &b, bool pulls) {
  at::AutoGradMode mode(pulls);
  at::Tensor x = b.xf.detach().set_requires_grad(pulls);
  at::Tensor out = net.forward({x, b.tf}).toTensor();
  if (pulls) torch::autograd::grad({out}, {x}, {b.vf});
}

void call_plugin(plugin &p, batch &b, bool pulls) {
  static const kac_calls calls = [] {
    kac_calls made = {};
    made.struct_size = sizeof made;
    made.coeffs = coeffs;
    return made;
  }();
  kac_block block = {};
  block.struct_size = sizeof block;
  block.n = b.n;
  block.space = &p.space;
  block.scratch = p.scratch.data();
  block.host = &calls;
  kac_score_io io = {};
  io.struct_size = sizeof io;
  io.want = KAC_Q_SCORE | (pulls ? KAC_Q_VJP : 0);
  io.t = 0.37;
  io.x.real = b.x.data();
  io.x.ld = io.ld = D;
  io.score = b.score.data();
  io.v = b.v.data();
  io.vjp = b.vjp.data();
  kac_error err;
  auto ops = static_cast<const kac_score_ops *>(p.component->ops);
  if (ops->eval(p.self, &block, &io, &err) != KAC_OK) die(err.msg);
}

void measure(torch::jit::Module &net, plugin &p, size_t rows, bool pulls,
             size_t reps) {
  batch b = make_batch(rows);
  std::vector<double> direct, through, ratio;
  size_t calls = 8192 / rows;
  for (size_t i = 0; i < reps + 3; i++) {
    double start = cpu();
    for (size_t k = 0; k < calls; k++) call_torch(net, b, pulls);
    double middle = cpu();
    for (size_t k = 0; k < calls; k++) call_plugin(p, b, pulls);
    double end = cpu();
    if (i < 3) continue;  // the first calls rewrite the graph
    double scale = 1e9 / static_cast<double>(calls * rows);
    direct.push_back((middle - start) * scale);
    through.push_back((end - middle) * scale);
    ratio.push_back((end - middle) / (middle - start));
  }
  std::printf("RESULT torch kac %s_rows%zu libtorch_cpu_ns_per_row %.0f\n",
              pulls ? "score_vjp" : "score", rows, median(direct));
  std::printf("RESULT torch kac %s_rows%zu plugin_cpu_ns_per_row %.0f\n",
              pulls ? "score_vjp" : "score", rows, median(through));
  std::printf("RESULT torch kac %s_rows%zu plugin_over_libtorch %.3f\n",
              pulls ? "score_vjp" : "score", rows, median(ratio));
}

}  // namespace

int main(int argc, char **argv) try {
  if (argc < 2) die("usage: kac-bench-torch PLUGIN_TREE [REPETITIONS]");
  size_t reps = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 31;
  std::string path = "/tmp/kac-bench-torch-" + std::to_string(getpid()) + ".pt";
  at::set_num_threads(1);
  write_network(path);
  torch::jit::Module net = torch::jit::load(path);
  for (size_t rows : {256, 512, 1024}) {
    plugin p = open_plugin(argv[1], path.c_str(), rows);
    for (bool pulls : {false, true}) measure(net, p, rows, pulls, reps);
    p.component->destroy(p.self);
  }
  unlink(path.c_str());
  for (void *p : lent) std::free(p);
  return 0;
} catch (const std::exception &error) {
  die(error.what());
}
