// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the TorchScript files that the tests of the torch plugins read, good
// and bad ones, to the folder of its argument.  Where configure finds libtorch
// only; Python is not needed.
#include <cmath>
#include <iostream>
#include <string>

#ifndef AT_PER_OPERATOR_HEADERS
#define AT_PER_OPERATOR_HEADERS
#endif
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mul.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>

namespace {

using std::string;
string folder;

string file(const string &name) {
  return folder + "/" + name + ".pt";
}

void save(const torch::jit::Module &module, const string &name,
          const string &notes = "") {
  torch::jit::ExtraFilesMap extra;
  if (!notes.empty()) extra["kac.json"] = notes;
  module.save(file(name), extra);
}

// A module of one method: its arguments, and its body of one or more lines.
torch::jit::Module module(const string &arguments, const string &body) {
  torch::jit::Module made("model");
  string source = "def forward(self, " + arguments + "):\n";
  for (size_t at = 0; at < body.size();) {
    size_t end = std::min(body.find('\n', at), body.size());
    source += "  " + body.substr(at, end - at) + "\n";
    at = end + 1;
  }
  made.define(source);
  return made;
}

void write(const string &name, const string &arguments, const string &body) {
  save(module(arguments, body), name);
}

// The ideal networks of N(0.7, 1.69) on the schedule alpha = exp(-t),
// sigma^2 = 1 - alpha^2; edm with sigma_data = 0.5.
void write_forms() {
  const string start =
      "a = torch.exp(-t).unsqueeze(1)\n"
      "v = -torch.expm1(-2.0 * t).unsqueeze(1)\n"
      "s = torch.sqrt(v)\n";
  const string score = "score = (a * 0.7 - y) / (a * a * 1.69 + v)\n";
  const string x0 = "x0 = (y + v * score) / a\n";
  const string plain = start + "y = x\n" + score + x0;
  write("form_score", "x, t", plain + "return score");
  write("form_eps", "x, t", plain + "return -s * score");
  write("form_x0", "x, t", plain + "return x0");
  write("form_v", "x, t", plain + "return -a * s * score - s * x0");
  write("form_edm", "x, t",
        start + "e = torch.sqrt(0.25 * a * a + v)\ny = x * e\n" + score + x0 +
            "return (x0 - 0.25 * a * y / (e * e)) * e / (0.5 * s)");
}

// F = 0.25 x - 0.5 as parameters of a type; what it is, in kac.json.
torch::jit::Module line(at::ScalarType type) {
  torch::jit::Module made("model");
  made.register_parameter("slope", at::full({1}, 0.25, type), false);
  made.register_parameter("height", at::full({1}, -0.5, type), false);
  made.register_attribute("training", c10::BoolType::get(), true);
  made.define(
      "def forward(self, x, label):\n"
      "  if self.training:\n"
      "    return x\n"
      "  return self.slope * x + self.height\n");
  return made;
}

const char vp[] =
    R"({"kac.format":"1","kac.architecture":"mlp","kac.parameterisation":"eps",
"kac.label":"t","kac.schedule":"vp","kac.schedule.beta_min":"2",
"kac.schedule.beta_max":"2","kac.schedule.t_min":"0","kac.schedule.t_max":"4",
"kac.sigma_data":"0.5","kac.mlp.dim":"2"})";

// vp with one more key.
void write_misspelt(const string &name, const string &key) {
  save(line(at::kFloat), name,
       string(vp, sizeof vp - 3) + "\",\"" + key + "\":\"2\"}");
}

void write_notes() {
  const string classes =
      string(vp, sizeof vp - 3) + R"(","kac.n_classes":"3"})";
  save(line(at::kFloat), "line", vp);
  save(line(at::kDouble), "line64", vp);
  save(line(at::kHalf), "line16", vp);
  save(line(at::kFloat), "line_alone");
  save(line(at::kFloat), "line_wrong", R"({"kac.format":"1","kac.label":"t"})");
  save(line(at::kFloat), "line_broken", "[]");
  write_misspelt("line_foo", "kac.foo");
  write_misspelt("line_dta", "kac.sigma_dta");
  write_misspelt("line_clases", "kac.n_clases");
  write_misspelt("line_mid", "kac.schedule.beta_mid");
  save(module("x, label, which",
              "return x * which.unsqueeze(1) + label.unsqueeze(1)"),
       "classes", classes);
  write("classes_alone", "x, label, which", "return x * which.unsqueeze(1)");
  write("energy", "x",
        "y = x.detach().requires_grad_(True)\n"
        "energy = (0.5 * y * y).sum()\n"
        "slope = torch.autograd.grad([energy], [y], create_graph=True)[0]\n"
        "assert slope is not None\n"
        "return -slope");
  write("label", "x, label", "return 0.0 * x + label.unsqueeze(1)");
  write("precision", "x",
        "return 0.0 * x + 1.0 / torch.full([1], 3.0, "
        "dtype=x.dtype)");
}

// One wrong number in a part of a part, in a parameter or in what is none.
void write_not_finite() {
  const struct {
    const char *name;
    double value;
    bool is_buffer;
  } cases[] = {{"nan_weight", NAN, false},
               {"inf_weight", -INFINITY, false},
               {"large_weight", 1e300, false},
               {"nan_buffer", NAN, true},
               {"inf_buffer", -INFINITY, true}};
  for (const auto &wrong : cases) {
    torch::jit::Module outer("model"), inner("layer");
    at::Tensor weight = at::full({2, 3}, 1.0, at::kDouble);
    weight.data_ptr<double>()[4] = wrong.value;
    inner.register_parameter("weight", weight, wrong.is_buffer);
    outer.register_module("layer", inner);
    outer.define("def forward(self, x):\n  return -x\n");
    save(outer, wrong.name);
  }
}

at::Tensor waves(int64_t rows, int64_t columns, double pitch) {
  at::Tensor made = at::full({rows, columns}, 0.0, at::kFloat);
  for (int64_t i = 0; i < made.numel(); i++)
    made.data_ptr<float>()[i] =
        static_cast<float>(std::sin(pitch * static_cast<double>(i + 1)));
  return made;
}

// A perceptron of float32 that no symmetry makes easy: 4-40-40-3.
void write_network() {
  torch::jit::Module made("model");
  made.register_parameter("a", at::mul(waves(4, 40, 0.37), 0.4), false);
  made.register_parameter("b", at::mul(waves(40, 40, 0.73), 0.2), false);
  made.register_parameter("c", at::mul(waves(40, 3, 0.51), 0.2), false);
  made.define(
      "def forward(self, x, t):\n"
      "  h = torch.cat([x, t.unsqueeze(1)], 1)\n"
      "  h = torch.silu(torch.matmul(h, self.a))\n"
      "  h = torch.silu(torch.matmul(h, self.b))\n"
      "  return torch.matmul(h, self.c) - x\n");
  save(made, "network");
}

void write_potentials() {
  write("quadratic", "x", "return -0.5 * (2.0 * (x - 0.5) * (x - 0.5)).sum(1)");
  write("column", "x", "return (-0.5 * x * x).sum(1).unsqueeze(1)");
  write("logits", "x", "return torch.cat([x, x.sum(1).unsqueeze(1)], 1)");
  write("timed", "x, t", "return -0.5 * t * t * (x * x).sum(1)");
  write("maybe_timed", "x, t: Optional[Tensor]=None",
        "return -0.5 * (x * x).sum(1)");
  write("verdict", "x",
        "return torch.log((x[:, 0] > 0.0).to(x.dtype) * torch.exp(x[:, 0]))");
  write("step", "x", "return (x[:, 0] > 0.0).to(x.dtype)");
  write("nan", "x", "return torch.log(-torch.exp(x)).sum(1)");
}

void write_wrong() {
  write("shape", "x", "return torch.cat([x, x], 1)");
  write("transposed", "x", "return x.t()");
  write("whole", "x", "return (x > 0.0).long()");
  write("halves", "x", "return x.half()");
  write("pair", "x", "return x, x");
  write("three", "x, t, c", "return x");
  write("raises", "x",
        "assert x.size(1) > 99, \"this model is for images\"\n"
        "return x");
  string words;
  for (int i = 0; i < 60; i++) words += "word ";
  write("talks", "x", "assert x.size(1) > 99, \"" + words + "\"\nreturn x");
  write("not_a_number", "x", "return (x - x) / (x - x)");
  write("mismatch", "x", "return torch.matmul(x, torch.zeros([7, 7]))");
  write("frozen", "x", "return torch.matmul(x, torch.eye(3).float())");
  torch::jit::Module mute("model");
  mute.define("def score(self, x):\n  return x\n");
  save(mute, "mute");
}

// The parts of an archive copied, with a change to its code.
void write_from_the_future() {
  caffe2::serialize::PyTorchStreamReader from(file("form_score"));
  caffe2::serialize::PyTorchStreamWriter to(file("future"));
  for (const string &name : from.getAllRecords()) {
    if (name == "version" || name == ".data/serialization_id" ||
        name == "byteorder")
      continue;
    auto record = from.getRecord(name);
    string bytes(static_cast<const char *>(std::get<0>(record).get()),
                 std::get<1>(record));
    size_t at = bytes.find("torch.expm1");
    if (at != string::npos) bytes.replace(at, 11, "torch.later");
    to.writeRecord(name, bytes.data(), bytes.size());
  }
  to.writeEndOfFile();
  caffe2::serialize::PyTorchStreamWriter weights(file("weights"));
  weights.writeRecord("data.pkl", "\x80\x02}.", 4);
  weights.writeEndOfFile();
}

}  // namespace

int main(int argc, char **argv) try {
  if (argc != 2) return 2;
  folder = argv[1];
  write_forms();
  write_notes();
  write_not_finite();
  write_network();
  write_potentials();
  write_wrong();
  write_from_the_future();
  return 0;
} catch (const std::exception &error) {
  std::cerr << error.what() << "\n";
  return 1;
}
