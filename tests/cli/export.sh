#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/kac_export.py: networks of PyTorch on every kind of schedule and label,
# whose score kac must give; and what it refuses.  One Python process does all,
# because importing torch takes longer than the rest.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

cat >try.py <<'END'
import os, sys
sys.dont_write_bytecode = True
tools = os.path.join(os.environ["KAC_SRCDIR"], "tools")
sys.path.insert(0, tools)
import torch
from torch import nn
import kac_export

torch.manual_seed(1)
torch.set_num_threads(1)


def chain(n_in, kind):
    return nn.Sequential(nn.Linear(n_in, 40), kind(), nn.Linear(40, 33),
                         kind(), nn.Linear(33, 5))


torch.save(chain(6, nn.SiLU), "raw.pt")
torch.save(chain(8, nn.Tanh), "onehot.pt")
torch.save(nn.Sequential(nn.Linear(6, 5), nn.Softmax(1)), "strange.pt")
state = chain(19, nn.GELU).state_dict()
state["emb"], state["freq"] = torch.randn(4, 6), torch.randn(4)
torch.save(state, "state.pt")


def run(arguments):
    sys.argv = ["kac_export.py"] + arguments.split()
    if "--verify" in arguments:
        sys.argv += ["--kac", os.environ["KAC"]]
    try:
        kac_export.main()
        return "done"
    except SystemExit as error:
        return str(error)


vp = " --schedule vp beta_min=0.1 beta_max=20 t_min=0.001 t_max=1"
cosine = " --schedule cosine angle=0.5 length=1 offset=0.008 t_min=0 t_max=.99"
ve = " --schedule ve sigma_min=0.01 sigma_max=50 t_min=0 t_max=1"
edm = " --schedule edm sigma_min=0.002 sigma_max=80"
fourier = " --label-features fourier --frequencies freq"
for name, arguments in {
    "eps": "raw.pt a --parameterisation eps --label t --torchscript model.pt" +
           vp,
    "score": "raw.pt a --parameterisation score --label sigma --skip -0.5" + vp,
    "x0": "onehot.pt b --parameterisation x0 --label t --classes 3"
          " --label-features none" + ve,
    "v": "state.pt c --parameterisation v --label log_snr --classes 3"
         " --embedding emb --activation gelu --torchscript c.pt" + fourier +
         cosine,
    "edm": "raw.pt a --parameterisation edm --label c_noise --sigma-data 0.7" +
           edm,
}.items():
    print(name, run(arguments + " --verify"))
extra = {"kac.json": ""}
script = torch.jit.load("c.pt", _extra_files=extra)
out = script(torch.randn(7, 5), torch.rand(7), torch.zeros(7).long())
print("torchscript", tuple(out.shape), b"kac.schedule.offset" in
      extra["kac.json"])
# The example of docs/python.md, on what was written.
with open(os.path.join(tools, "../docs/python.md"), encoding="utf-8") as file:
    code = file.read().split("```python\nimport pathlib")[1].split("```")[0]
page = {"__file__": os.path.abspath("page.py")}
exec("import pathlib" + code, page)
x, h = torch.randn(7, 5).double().numpy(), 1e-6
slope = (page["score"](x + h * x, 0.5) - page["score"](x - h * x, 0.5)) / (2 * h)
pulled = (page["vjp"](x, x, 0.5) * torch.from_numpy(x)).sum(1)
print("page", torch.allclose(pulled, (slope * torch.from_numpy(x)).sum(1),
                             atol=1e-4), page["reward"](x)[1].shape)
tensors, notes = kac_export.read_safetensors("c")
print("read", torch.equal(tensors["class.embedding"], state["emb"]),
      notes["kac.mlp.activation"])
print("strange", run("strange.pt d --parameterisation x0 --label t" + ve))
print("keys", run("raw.pt d --parameterisation x0 --label t --schedule vp"))
print("edm", run("raw.pt d --parameterisation edm --label t" + ve))
# A file that says something else than the truth is found out.
net = kac_export.MLP([nn.Linear(3, 2)], 2)
wrong = kac_export.metadata("mlp", "eps", "edm",
                            {"sigma_min": 0.01, "sigma_max": 9.0}, "sigma",
                            constants=net.kac_constants())
kac_export.write_safetensors("e", net.kac_tensors(), wrong)
try:
    kac_export.verify(net.eval(), "e", dict(wrong, **{"kac.parameterisation": "x0"}),
                      os.environ["KAC"])
except SystemExit as error:
    print("liar", error)
END
"$TORCH_PYTHON" try.py >out 2>err || {
  failed 'the exporter'
  cat out err
}

# line PATTERN WHAT
line() {
  if grep -Eq -- "$1" out; then
    ok "$2"
  else
    failed "$2: expected /$1/"
    cat out err
  fi
}
for form in eps score x0 v edm; do
  line "^$form done\$" "$form: the score of torch"
done
line '^torchscript \(7, 5\) True$' 'TorchScript with its metadata'
line '^page True torch.Size\(\[7, 5\]\)$' 'the example of docs/python.md'
line '^read True gelu$' 'what was written is read'
line '^strange not a chain of Linear layers' 'a layer that kac does not have'
line '^keys schedule vp needs beta_min, beta_max, t_min, t_max$' \
  'keys of a schedule'
line '^edm edm needs sigma_data$' 'edm without sigma_data'
line "^liar kac's score differs from torch's by [0-9.e+]* of its size$" \
  'a wrong parameterisation is found'
finish
