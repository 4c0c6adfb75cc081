#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/kac_export.py and kac_nets.py: networks of PyTorch on every kind of
# schedule and label, whose score kac must give; networks that are not what they
# seem, which must leave no file; and mistakes, told in one line.  One Python
# process does nearly all, because importing torch takes longer than the rest.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

cat >try.py <<'END'
import json, os, subprocess, sys
sys.dont_write_bytecode = True
tools = os.path.join(os.environ["KAC_SRCDIR"], "tools")
sys.path.insert(0, tools)
import torch
from torch import nn
import kac_export
import kac_nets
import kac_verify

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


def run(arguments, tool=kac_export):
    sys.argv = [tool.__name__] + arguments.split()
    if "--verify" in arguments:
        sys.argv += ["--kac", os.environ["KAC"]]
    try:
        tool.main()
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


class Flow(nn.Module):
    """forward(x, label): a chain, or with a detour that its tensors hide."""

    def __init__(self, detour: float):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(6, 40), nn.Linear(40, 40),
                                  nn.Linear(40, 5))
        self.detour = detour

    def forward(self, x, label):
        h = torch.relu(self.a(torch.cat([x, label[:, None]], 1)))
        h = torch.relu(self.b(h)) + self.detour * h
        return self.c(h)


class Classes(nn.Module):
    """Without a row for no class, which forward so cannot be asked for."""

    def __init__(self):
        super().__init__()
        self.emb, self.body = nn.Embedding(3, 4), chain(10, nn.ReLU)

    def forward(self, x, label, classes):
        return self.body(torch.cat([x, label[:, None], self.emb(classes)], 1))


class Body(nn.Module):
    """Unevenly numbered layers, which its own forward shows to be a chain."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(6, 9), nn.ReLU(), nn.Dropout(), nn.Linear(9, 9),
            nn.ReLU(), nn.Linear(9, 5), nn.Identity())

    def forward(self, x, label):
        return self.body(torch.cat([x, label[:, None]], 1))


x0 = " --parameterisation x0 --label t" + ve
torch.jit.save(torch.jit.script(Flow(0.0)), "plain.pt")
torch.jit.save(torch.jit.script(Flow(1.0)), "residual.pt")
torch.save(Classes(), "classes.pt")
torch.save(Body(), "body.pt")
torch.save(Body().body, "inside.pt")
torch.save(Body().state_dict(), "body-state.pt")
torch.save(Flow(0.0), "gone.pt")
act = nn.Tanh()
torch.save(nn.Sequential(nn.Linear(6, 9), act, nn.Sequential(
    nn.Linear(9, 9, bias=False), act), nn.Dropout(), nn.Linear(9, 5)),
    "nested.pt")
torch.save({"state_dict": {"model." + k: v for k, v in Classes().state_dict()
                           .items()}, "epoch": 3}, "lightning.pt")
relu = " --activation relu"
for name, arguments in {
    "script": "plain.pt f" + relu + x0,
    "module": "classes.pt f --classes 3 --embedding emb.weight" + x0,
    "nested": "nested.pt f" + x0,
    "body": "body.pt f" + x0,
    "inside": "inside.pt f" + x0,
    "lightning": "lightning.pt f --classes 3 --embedding emb.weight" + relu +
                 x0,
}.items():
    print(name, run(arguments + " --verify"))


# What must be refused, and leave no file.
def saved(model, name="g.pt"):
    torch.save(model, name)
    return name


def refused(name, arguments):
    said = run(arguments).strip()
    print(name, "WRITTEN" if os.path.exists("d") else said)
    if os.path.exists("d"):
        os.remove("d")


L = nn.Linear
del Flow
refused("gone", "gone.pt d" + x0)
refused("residual", "residual.pt d" + relu + x0)
refused("tail", saved(nn.Sequential(L(6, 9), nn.Tanh(), L(9, 5), nn.Tanh())) +
        " d" + x0)
refused("mixed", saved(nn.Sequential(L(6, 9), L(9, 9), nn.SiLU(), L(9, 5))) +
        " d" + x0)
mixed = nn.Sequential(L(6, 9), L(9, 9), nn.SiLU(), L(9, 5)).state_dict()
refused("uneven", saved(mixed) + " d" + relu + x0)
refused("uneven-body", "body-state.pt d" + relu + x0)
refused("twice", saved(nn.Sequential(L(6, 9), act, act, L(9, 5))) + " d" + x0)
refused("other", "raw.pt d" + relu + x0)
norm = nn.Sequential(L(6, 9), nn.LayerNorm(9), nn.SiLU(), L(9, 5))
refused("norm", saved(norm.state_dict()) + " d --activation silu" + x0)
refused("broken", saved({"a.weight": torch.ones(9, 6), "b.weight":
                         torch.ones(5, 8)}) + " d" + relu + x0)
refused("unsaid", saved(chain(6, nn.ReLU).state_dict()) + " d" + x0)
spoilt = chain(6, nn.ReLU)
spoilt[0].weight.data[2, 1] = float("nan")
refused("nan", saved(spoilt) + " d" + x0)
refused("nan-state", saved(spoilt.state_dict()) + " d" + relu + x0)
refused("unet", saved(kac_nets.UNet(channels=16, inner=16).state_dict()) +
        " d" + relu + x0)
refused("egnn", saved(kac_nets.EGNN(4, 2).state_dict()) + " d" + relu + x0)
unbiased = nn.Sequential(L(6, 9), nn.ReLU(), L(9, 5, bias=False))
print("unbiased", run(saved(unbiased.state_dict()) + " h" + relu + x0))
print("zeros", kac_export.read_safetensors("h")[0]["layers.1.bias"].tolist())

# UNet and EGNN, as their trainer leaves them or not.
def shaken(net):
    for p in net.parameters():
        p.data += 0.1 * torch.randn_like(p)
    return net


egnn = " d egnn bodies=4 dim=2 hidden=16 layers=2 n_freq=4"
unet = " d unet size=4 channels=16 inner=16 blocks=1 width=16 n_classes=0"
torch.save(shaken(kac_nets.EGNN(4, 2, 16, 2, 4)).state_dict(), "egnn.pt")
torch.save(shaken(kac_nets.UNet(4, 1, 16, 16, 1, 16, n_classes=0)), "unet.pt")
torch.save(torch.load("unet.pt").state_dict(), "unet-state.pt")
edm = " --sigma-data 0.7 --range 0.02 30"
for name, arguments in {
    "nets-edm": "egnn.pt" + egnn + edm + " --half",
    "nets-eps": "egnn.pt" + egnn + " --parameterisation eps --label t" + vp,
    "nets-state": "unet-state.pt" + unet + edm,
    "nets-narrow": "egnn.pt" + egnn + " --sigma-data 1 --range 0.01 0.03",
    "nets-high": "egnn.pt" + egnn + " --sigma-data 99 --range 200 500",
    "nets-v": "unet.pt" + unet + " --parameterisation v --label log_snr"
              " --torchscript u.pt" + cosine,
}.items():
    print(name, run(arguments + " --verify", kac_nets))
os.remove("d")
script = torch.jit.load("u.pt")(torch.randn(7, 16), torch.rand(7))
print("nets-script", tuple(script.shape))
print("nets-other", run("unet.pt" + egnn + edm, kac_nets))
print("nets-key", run("egnn.pt" + egnn + " bodies=x" + edm, kac_nets))
print("nets-constant", run("egnn.pt" + egnn + " body=4" + edm, kac_nets))
print("nets-sigma", run("egnn.pt" + egnn + " --range 0.02 30", kac_nets))
for pair in "size=5", "channels=24", "inner=0":
    print("nets-limit", run("unet.pt" + unet + " " + pair + edm, kac_nets))
for pair in "hidden=24", "bodies=1":
    print("nets-limit", run("egnn.pt" + egnn + " " + pair + edm, kac_nets))
print("nets-absent", run("absent.pt" + egnn + edm, kac_nets))

# Mistakes on the command line.
refused("absent", "absent.pt d" + x0)
with open("text.pt", "w") as file:
    file.write("hello")
refused("text", "text.pt d" + x0)
refused("number", saved(3) + " d" + x0)
refused("folder", "raw.pt no/such/d" + x0)
refused("script-folder", "raw.pt d2 --torchscript no/such/d" + x0)
refused("equals", "raw.pt d --parameterisation x0 --label t --schedule vp "
        "beta_min=0.1 beta_max")
refused("embedding", "state.pt d --classes 3 --embedding emx" + relu + x0)
refused("rows", "state.pt d --classes 9 --embedding emb" + relu + x0)
refused("frequencies", "raw.pt d --label-features fourier" + x0)
refused("unasked", "raw.pt d --frequencies 1 2" + x0)
refused("classes", "raw.pt d --classes -1" + x0)
for value in "-1", "nan":
    refused("width", "raw.pt d --sigma-data " + value + x0)
refused("timeless", saved(chain(5, nn.ReLU)) + " d" + x0)
refused("empty", saved({}) + " d" + x0)
kac_program = os.environ["KAC"]
os.environ["KAC"] = "/no/kac"
print("program", run("raw.pt d3 --verify" + x0))
os.environ["KAC"] = kac_program
print("strange", run("strange.pt d --parameterisation x0 --label t" + ve))
print("keys", run("raw.pt d --parameterisation x0 --label t --schedule vp"))
for name, schedule in {
    "range": "ve sigma_min=0 sigma_max=50 t_min=0 t_max=1",
    "unknown": "edm sigma_min=0 sigma_max=50 t_max=1",
    "upwards": "edm sigma_min=50 sigma_max=0.1",
    "times": "vp beta_min=0.1 beta_max=20 t_min=1 t_max=1",
    "angle": "cosine angle=0.5 length=1 offset=0 t_min=0 t_max=1",
    "rate": "vp beta_min=1 beta_max=0 t_min=0 t_max=1",
    "nan": "edm sigma_min=nan sigma_max=1",
}.items():
    print(name, run("raw.pt wrong-schedule --parameterisation x0 --label t "
                    "--schedule " + schedule))
print("no file", not os.path.exists("wrong-schedule"))
for name, ranges in kac_verify.SCHEDULES.items():
    told = subprocess.run([kac_program, "info", "schedule/" + name, "--json"],
                          stdout=subprocess.PIPE, check=True).stdout
    print("ranges", name, ranges == {key["name"]: (key["min"], key["max"])
                                     for key in json.loads(told)["parameters"]})
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
for form in script module nested body inside lightning; do
  line "^$form done\$" "$form: the score of torch"
done
line '^a state dict does not say .* for the chain Linear\(10, 40\), relu, ' \
  'a state dict is said to be taken for a chain'
line '^largest difference of kac.s scores from those of the module given' \
  'the module itself is what kac is compared with'
line '^gone gone.pt: its class is not found .*PYTHONPATH' 'a class elsewhere'
line '^residual the module is not the chain .* differ by' 'a residual network'
line '^tail module 3 \(Tanh\): an activation at the end' 'a last activation'
line '^mixed module 3 \(Linear\) comes after silu' 'no activation somewhere'
line '^uneven layers 0.weight, 1.weight, 3.weight are not evenly' \
  'a state dict with uneven numbers'
line '^uneven-body layers body.0.weight, body.3.weight, body.5.weight are' \
  'a state dict with uneven numbers and a prefix'
line '^twice module 2 \(Tanh\): expected a Linear there$' 'two in a row'
line '^other --activation relu, but the module has silu$' 'another activation'
line '^norm no place in a chain .* for 1.bias, 1.weight$' 'tensors left over'
line '^nan g.pt: 0.weight\[2, 1\] is nan, expected finite' 'a NaN weight'
line '^nan-state g.pt: 0.weight\[2, 1\] is nan' 'a NaN weight in a state dict'
line '^broken b.weight has 8 columns, .* a.weight, gives 9' 'no chain'
line '^unsaid --activation is needed where no module says it$' 'no activation'
line '^unet emb.freq, .* tools/kac_nets.py makes$' "a UNet's state dict"
line '^egnn emb.freq, .* tools/kac_nets.py makes$' "an EGNN's state dict"
for form in edm eps state narrow high v; do
  line "^nets-$form done\$" "kac_nets.py, $form: the score of torch"
done
line '^nets-script \(7, 16\)$' 'kac_nets.py: TorchScript'
line '^nets-other not the egnn of these ' 'kac_nets.py: other tensors'
line '^nets-key bodies=x: expected KEY=INTEGER$' 'kac_nets.py: no number'
line '^nets-constant not the egnn .*body' 'kac_nets.py: no such constant'
line '^nets-sigma edm needs sigma_data$' 'kac_nets.py: edm without sigma_data'
for limit in size=5 channels=24 inner=0 hidden=24 bodies=1; do
  line "^nets-limit $limit: expected a .* of at least " "kac_nets.py: $limit"
done
line '^nets-absent absent.pt: No such file' 'kac_nets.py: no input'
line '^2.weight has no bias: zeros are written$' 'a missing bias is told'
line '^zeros \[0.0, 0.0, 0.0, 0.0, 0.0\]$' 'and is zero'
line '^absent absent.pt: No such file or directory$' 'no input'
line '^text text.pt: not what torch.save wrote' 'not of torch'
line '^number g.pt: a int, expected a module or a state dict$' 'not a network'
line '^folder no/such/d: No such file or directory$' 'no output folder'
line '^script-folder no/such/d: ' 'no folder for TorchScript'
line '^equals --schedule beta_max: expected KEY=NUMBER$' 'a key without ='
line '^embedding --embedding emx: no such tensor, there are 0.bias, ' \
  'no such embedding'
line '^rows --embedding emb is \[4, 6\], expected --classes 9' 'rows of it'
line '^frequencies --label-features fourier needs --frequencies' 'none given'
line '^unasked --frequencies are those of ' 'frequencies that nobody reads'
line '^classes --classes -1, expected 0 or more$' 'less than no classes'
line '^width sigma_data = -1, expected above 0$' 'a negative sigma_data'
line '^width sigma_data = nan, expected above 0$' 'sigma_data that is none'
line '^timeless the first layer takes 5 numbers, expected 6: 5 of x' \
  'a network that is not told the noise'
line '^empty no Linear layers found$' 'nothing there'
line '^program /no/kac: No such file or directory; --kac names' 'no kac'
if grep -q WRITTEN out; then
  failed 'a network that is refused leaves no file'
  grep WRITTEN out
else
  ok 'a network that is refused leaves no file'
fi
line '^strange module 1 \(Softmax\): expected Linear or one of' \
  'a layer that kac does not have'
line '^range schedule ve: sigma_min = 0, expected 1e-12 to 1e.12$' 'a range'
line '^unknown schedule edm has no key t_max, its keys are sigma_min, sigma_max$' \
  'a key of another schedule'
line '^upwards schedule edm: sigma_min = 50 is not below sigma_max = 0.1$' \
  'sigma downwards'
line '^times schedule vp: t_min = 1 is not below t_max = 1$' 'no time'
line '^angle schedule cosine: the angle at t_max = 1 is 0.5 pi, ' 'alpha of 0'
line '^rate schedule vp: the noising rate is 0 at t_max = 1, ' 'no noise'
line '^nan ' 'a key that is no number'
line '^no file True$' 'a wrong schedule leaves no file'
for name in vp cosine ve edm; do
  line "^ranges $name True\$" "the ranges of $name are those of the plugin"
done
line '^keys schedule vp needs beta_min, beta_max, t_min, t_max; beta_min is ' \
  'keys of a schedule'
line '^edm edm needs sigma_data$' 'edm without sigma_data'
line "^liar kac's score differs from torch's by [0-9.e+]* of its size$" \
  'a wrong parameterisation is found'

# The trainer of particles says what it needs (and needs numpy to say it).
if "$TORCH_PYTHON" -c 'import numpy' 2>err; then
  train="$KAC_SRCDIR/tools/train_particles.py"
  status=0
  "$TORCH_PYTHON" -B "$train" 2>err || status=$?
  says 2 '^usage: train_particles.py .*OUT' 'a trainer without arguments'
  status=0
  "$TORCH_PYTHON" -B "$train" no/such dw4 2>err || status=$?
  says 2 'no/such: no such folder$' 'a trainer without its folder'
fi
finish
