#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The plugins named python: what is wrong with a file is told by `kac check`
# as far as it can be known without running it, and by `kac run` with the line
# of the user's code; what the host owns stays as it was.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV OMP_NUM_THREADS || :
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

# uses KEYS: a config with this potential (line 7), in run.cfg
uses() {
  pipeline 'plugin = "gaussian"; variance = 100.0;' "$advance" "$hundred" \
    "potentials = ( { plugin = \"python\"; id = \"p\"; $1 } );" >run.cfg
}
file='file = "reward.py";'
potential="^run\\.cfg:7: error: p 'python' \\(python\\.so 1\\.0\\): "

# Each start of Python costs; check tells what is wrong with all of its plugins
# in one go, and so these are parts of one potential, gathered in the file `all`.
n_cases=0
: >all
: >expected

# refuses PATTERN WHAT [KEYS]: reward.py is standard input
refuses() {
  n_cases=$((n_cases + 1))
  mkdir -p "$n_cases"
  cat >"$n_cases/reward.py"
  echo "{ plugin = \"python\"; id = \"p$n_cases\"; file = \"$n_cases/reward.py\"; ${3-} }," \
    >>all
  printf '%s\t%s\t%s\n' "$n_cases" "$1" "$2" >>expected
}

# check_all: one run of check for all that was gathered
check_all() {
  pipeline 'plugin = "gaussian"; variance = 100.0;' "$advance" "$hundred" 'potentials = ( { all_of = (' \
    "$(sed '$s/,$//' all)" '); } );' >all.cfg
  kac check all.cfg
  while IFS='	' read -r number pattern what; do
    says 2 "^all\\.cfg:$((7 + number)): error: p$number 'python' \\(python\\.so 1\\.0\\): $pattern\$" \
      "check: $what"
  done <expected
  check 'check: one message each' test \
    "$(grep -c error: err)" -eq "$(wc -l <expected)"
}

# stops PATTERN WHAT: only a run can find it
stops() {
  cat >reward.py
  uses "$file"
  kac check run.cfg
  says 0 '' "check cannot know: $2"
  kac run run.cfg --quiet --output failed
  says 4 "$potential$1\$" "run: $2"
  check "$2: one message" test "$(wc -l <err)" -eq 1
  keeps_nothing failed "$2: no files"
}

# runs WHAT [KEYS]
runs() {
  cat >reward.py
  uses "$file ${2-}"
  kac run run.cfg --quiet --output results --overwrite
  says 0 '' "$1"
}

# --- what check knows ---------------------------------------------------------
rm -f reward.py
uses "$file"
kac check run.cfg
says 2 "${potential}file 'reward.py': no such file or directory\$" 'no file'
uses 'file = ".";'
kac check run.cfg
says 2 "${potential}file '.': is a directory\$" 'a folder'
printf 'x = 1\000\n' >zero
refuses "file '1/reward.py': not Python, it holds a byte 0" \
  'a byte 0' <zero
refuses "reward.py:2: SyntaxError: '\\(' was never closed" 'a syntax error' <<'PY'
def reward(x):
    return (x
PY
refuses "reward.py:1: SyntaxError: 'return' outside function" \
  'an error of the compiler' <<'PY'
return 1
PY
refuses "reward.py has no function 'reward'; did you mean 'rewards'\\?" \
  'the nearest function' <<'PY'
def rewards(x):
    return x[:, 0]
PY
refuses "reward.py has no function 'reward'; it has energy, work" \
  'the functions that there are' <<'PY'
def work(x): pass
def energy(x): pass
PY
refuses "reward.py has no function 'reward'; it has none" 'no functions' </dev/null
refuses "reward.py: reward\\(\\) does not take x: expected reward\\(x, \\.\\.\\.\\)" \
  'a function without x' <<'PY'
def reward():
    return 0
PY
refuses "reward.py: reward\\(\\) wants 'y', which it is not given: it gets x, then by name t, alpha, sigma, out" \
  'a parameter that is not known' <<'PY'
def reward(x, t, y):
    return x[:, 0]
PY
refuses "reward.py: reward\\(\\) wants 'scale', which it is not given: .* out, scal" \
  'an argument with another name' 'arguments = "scal=2";' <<'PY'
def reward(x, scale):
    return x[:, 0]
PY
refuses "arguments: no function takes 'scal'; did you mean 'scale'\\?" \
  'an argument that nobody takes' 'arguments = "scal=2";' <<'PY'
def reward(x, scale=1):
    return x[:, 0]
PY
refuses "reward.py: net\\(\\) wants 'y', .*" 'a module of PyTorch' \
  'function = "net";' <<'PY'
import torch
class Net(torch.nn.Module):
    def forward(self, x, y):
        return x[:, 0]
net = Net().double().eval()
PY
refuses "reward.py: net\\(\\*, t\\) does not take x: .*" 'an object of a class' \
  'function = "net";' <<'PY'
class Net:
    def __call__(self, *, t):
        return t
net = Net()
PY
for text in '2' 'scale' 'scale=x' 'scale=1) or f(' '**{}'; do
  refuses 'arguments = ".*": expected name=value, \.\.\. with Python literals, as in "scale=3, name=.a."' \
    "arguments '$text'" "arguments = \"$text\";" <<'PY'
def reward(x, scale):
    return x[:, 0]
PY
done
refuses "arguments: 'alpha' is kac's own" 'an argument named as one of ours' \
  'arguments = "alpha=1";' <<'PY'
def reward(x, alpha):
    return x[:, 0]
PY
refuses "reward.py: reward\\(\\) wants 'out', .*" 'one out for two results' \
  'gradient = "reward";' <<'PY'
def reward(x, out):
    pass
PY
check_all

echo 'def reward(x): return x[:, 0]' >reward.py
uses "$file mode = \"rate\";"
kac check run.cfg
says 2 "^run\\.cfg:7: error: mode = \"rate\" needs the gradient, and potential 'p' \\(python\\) has none\$" \
  'no gradient was named'
pipeline "plugin = \"python\"; $file function = \"reward\"; vjp = \"reward\";" \
  "$advance" "$hundred" >run.cfg
kac check run.cfg
says 2 "^run\\.cfg:4: error: q 'python' .*: reward.py: reward\\(x\\) does not take x, v: expected reward\\(x, v, \\.\\.\\.\\)\$" \
  'a VJP without v'
PYTHONHOME=/nowhere "$KAC" check run.cfg >out 2>err || status=$?
says 2 "python does not start: .* \\(look at PYTHONHOME, PYTHONPATH and VIRTUAL_ENV\\)\$" \
  'a Python that does not start'

# --- what a run finds: all of it is in tests/unit/test_python.c ----------------
stops "reward.py:3: ZeroDivisionError: division by zero" 'an import that fails' <<'PY'
def reward(x):
    return x[:, 0]
a = 1 / 0
PY
stops "reward.py:2: ValueError: no at step 1" 'a function that fails' <<'PY'
def reward(x):
    raise ValueError("no")
PY

mkdir -p library
cat >library/kac_helper.py <<'PY'
def f(x):
    raise ValueError("in a module")
PY
stops "kac_helper.py:2: ValueError: in a module at step 1" 'a module of the user' <<'PY'
from library.kac_helper import f
def reward(x):
    return f(x)
PY
mkdir -p site-packages
cp library/kac_helper.py site-packages/kac_third.py
stops "reward.py:4: ValueError: in a module at step 1" 'a library beside it' <<'PY'
import importlib
third = importlib.import_module("site-packages.kac_third")
def reward(x):
    return third.f(x)
PY

# --- what must work -----------------------------------------------------------
runs 'values of other types, through a star import' <<'PY'
from numpy import *
def reward(x, **others):
    return (x.sum(axis=1) > 0).astype("float32")
PY
runs 'a callable that is no function' <<'PY'
import functools
def scaled(x, scale, t): return scale * x[:, 0]
reward = functools.partial(scaled, scale=2)
PY
runs 'an object, a decorator, arguments' 'arguments = "scale=3, where=[1, 2]";' <<'PY'
import functools
class Reward:
    def __call__(self, x, where, *, scale):
        assert where == [1, 2] and scale == 3
        return scale * x[:, where[0] - 1]
reward = Reward()
PY
runs 'a class whose call is open, and what is bound twice' <<'PY'
class Open:
    def __call__(*given, **others):
        return given[1][:, 0]
class Net:
    def __call__(self, y, z):
        return y
reward = Net()
reward = Open()
PY
mkdir -p sub
echo 'factor = 2' >sub/kac_sibling.py
cat >sub/reward.py <<'PY'
import kac_sibling
print("to standard error")
def reward(x): return kac_sibling.factor * x[:, 0]
def other(x): return x[:, 1]
PY
pipeline 'plugin = "gaussian"; variance = 100.0;' "$advance" "$hundred" \
  'potentials = ( { plugin = "python"; file = "sub/reward.py"; },
                  { plugin = "python"; file = "sub/reward.py"; function = "other"; } );' \
  >run.cfg
kac run run.cfg --quiet --output results --overwrite
says 0 '^to standard error$' 'its folder is on the path, its output on stderr'
check 'a file is imported once' test "$(grep -c standard err)" -eq 1
check 'and standard output is left to the report' test "$(grep -c error out)" -eq 0

# The environment as the host left it: locale, signals, arithmetic.
LC_ALL=C.UTF-8
export LC_ALL
runs 'the process is as it was' <<'PY'
import ctypes, locale, os, signal
assert locale.setlocale(locale.LC_ALL) == "C", locale.setlocale(locale.LC_ALL)
assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
assert os.environ["OMP_NUM_THREADS"] == "1"
libm = ctypes.CDLL("libm.so.6")
def reward(x):
    libm.fesetround(0x400)  # downwards, on x86: undone behind the call
    return x[:, 0]
libm.fesetround(0x400)
PY
same() { check "$2" cmp "results/samples.npz" "$1"; }
cp results/samples.npz rounding.npz
runs 'the same without a change of rounding' <<'PY'
def reward(x): return x[:, 0]
PY
same rounding.npz 'the rounding mode is undone'

# PyTorch, where it is installed: tensors on the same memory, a result with its
# graph still on it, one thread.
guided='gradient = "reward"; guide = 0.5;'
runs 'a reward and its gradient in one call' "$guided" <<'PY'
def reward(x):
    return -0.5 * (x * x).sum(axis=1), -x
PY
cp results/samples.npz pair.npz
runs 'the same by automatic differentiation' "$guided" <<'PY'
try:
    import torch
except ImportError:
    torch = None
def reward(x):
    if torch is None:
        return -0.5 * (x * x).sum(axis=1), -x
    leaf = torch.from_numpy(x)
    assert leaf.data_ptr() == x.ctypes.data
    assert torch.get_num_threads() == 1
    leaf = leaf.requires_grad_()
    values = -0.5 * (leaf * leaf).sum(dim=1)
    gradient, = torch.autograd.grad(values.sum(), leaf, retain_graph=True)
    return values, gradient
PY
same pair.npz 'and to the same bytes'

# A module of PyTorch gets what its forward takes; its numbers may be of a type
# that numpy does not have.
modules='try:
    import torch
    half, Module = torch.bfloat16, torch.nn.Module
except ImportError:
    torch, Module = None, object
class Plain(Module):
    def forward(self, x):
        return self.of(x)
    __call__ = Module.__call__ if torch else forward
    def of(self, x):
        return torch.from_numpy(x)[:, 0].to(half) if torch else x[:, 0]
class Timed(Plain):
    def forward(self, x, t):
        assert t >= 0
        return self.of(x)
    __call__ = Module.__call__ if torch else forward
'
runs 'a module of PyTorch' <<PY
${modules}reward = Plain()
PY
runs 'one that is told the time' <<PY
${modules}reward = Timed()
PY
stop_module="reward.py: reward\\(\\) wants 'y', which it is not given: it gets x, .*"
cat >reward.py <<PY
${modules}class Other(Plain):
    def forward(self, x, y):
        return x
    __call__ = Module.__call__ if torch else forward
reward = Other()
PY
uses "$file"
kac run run.cfg --quiet --output failed
says 4 "$potential$stop_module" 'a module that wants more'

mkdir -p without
echo 'raise ImportError("none here")' >without/numpy.py
PYTHONPATH=$trial/without
export PYTHONPATH
runs 'without numpy' <<'PY'
def reward(x):
    assert type(x) is memoryview and x.shape == (100, 2)
    return [x[i, 0] for i in range(x.shape[0])]
PY
same rounding.npz 'without numpy: the same bytes'
pure='def slope(x): return [[1.0, 0.0]] * len(x)'
runs 'without numpy: a gradient and an out' 'gradient = "slope"; guide = 0.5;' <<PY
def reward(x, out):
    for i in range(len(out)): out[i] = x[i, 0]
$pure
PY
finish
