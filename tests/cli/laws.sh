#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Our own plugins keep the laws that `kac test` asks of everybody's;
# tests/laws.tsv says what they have to be told.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
# What score/python tells numpy and torch unless it has been said (docs/python.md).
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

# A perceptron of 2 numbers and t with 3 in the middle: weights of 0.5, -0.25
# and 0.125 in turn, as float32.
perceptron() {
  header='{"__metadata__":{"kac.format":"1","kac.architecture":"mlp",'\
'"kac.parameterisation":"eps","kac.schedule":"vp",'\
'"kac.schedule.beta_min":"0.1","kac.schedule.beta_max":"20",'\
'"kac.schedule.t_min":"1e-5","kac.schedule.t_max":"1","kac.label":"t",'\
'"kac.mlp.dim":"2","kac.mlp.layers":"2","kac.mlp.activation":"silu",'\
'"kac.mlp.label_features":"raw","kac.mlp.class_features":"none",'\
'"kac.mlp.skip":"0"},'\
'"layers.0.weight":{"dtype":"F32","shape":[3,3],"data_offsets":[0,36]},'\
'"layers.0.bias":{"dtype":"F32","shape":[3],"data_offsets":[36,48]},'\
'"layers.1.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[48,72]},'\
'"layers.1.bias":{"dtype":"F32","shape":[2],"data_offsets":[72,80]}}'
  n=${#header}
  # shellcheck disable=SC2059 # octal numbers: 8 bytes, the lowest first
  printf "\\$(printf %03o $((n % 256)))\\$(printf %03o $((n / 256)))"
  printf '\0\0\0\0\0\0%s' "$header"
  for _ in 1 2 3 4 5 6; do
    printf '\0\0\0\077\0\0\200\276\0\0\0\076'
  done
  printf '\0\0\0\077\0\0\200\276'
}
# network PLUGIN FILE SCHEDULE: a pipeline of it.
network() {
  echo "state = { real = 2; }; schedule = { plugin = \"vp\"; $3 };
time = { steps = 4; }; population = { particles = 64; };
scores = ( { plugin = \"$1\"; file = \"$2\"; } );
integrators = ( { plugin = \"euler_maruyama\"; } );" >"$1.cfg"
}
perceptron >mlp.safetensors
network mlp mlp.safetensors ''
if [ -x "$KAC_BUILDDIR/tests/torch_models" ]; then
  "$KAC_BUILDDIR/tests/torch_models" .
  network torch line.pt 'beta_min = 2.0; beta_max = 2.0; t_max = 4.0;'
fi

# field PLUGIN COLUMN
field() {
  awk -F '\t' -v plugin="$1" -v column="$2" '$1 == plugin { print $column }' \
    "$KAC_SRCDIR/tests/laws.tsv"
}

judge() {
  arguments=$(field "$1" 2 | sed "s|\$KAC_SRCDIR|$KAC_SRCDIR|g; s|\$PWD|$PWD|g")
  if [ "$arguments" = - ]; then
    echo "ok: $1 is not asked: $(field "$1" 3)"
    return 0
  fi
  out=$(echo "$1" | tr / -).out
  # shellcheck disable=SC2086 # a list of words
  if "$KAC" test "$1" $arguments >"$out" 2>&1; then
    echo "ok: $1: $(tail -n 1 "$out")"
  else
    echo "FAILED: $1 $arguments"
    cat "$out"
  fi
}

plugins=$(cd "$KAC_BUILDDIR/plugin-tree" && ls -d ./*/*.so |
  sed 's|^\./||; s|\.so$||')
run_part() {
  part=$1
  row=0
  for plugin in $plugins; do
    row=$((row + 1))
    [ $((row % 2)) -ne "$part" ] || judge "$plugin"
  done
}
run_part 0 >part0 &
run_part 1 >part1
wait
cat part0 part1
n_failed=$((n_failed + $(cat part0 part1 | grep -c '^FAILED' || true)))

# Without a pipeline all choices are asked as well: products in bfloat16 leave
# the derivative in doubt, and that of float32 as it was.
mlp="$KAC_BUILDDIR/plugin-tree/score/mlp.so --set file=$PWD/mlp.safetensors"
# shellcheck disable=SC2086 # lists of words
if "$KAC" test $mlp --only vjp >rounded.out 2>&1; then
  ok "a choice that rounds is not called broken"
else
  failed "mlp with other parameters: $(cat rounded.out)"
fi
# shellcheck disable=SC2086
"$KAC" test $mlp --only vjp --set 'precision="bf16"' >rounded.out 2>&1 || :
if grep -q "needs oneDNN" rounded.out; then
  skip "no bfloat16 here"
elif grep -q "differences of x0hat are rough at 6. of 64" rounded.out; then
  ok "it is in doubt, with the reason"
else
  failed "mlp in bf16: $(cat rounded.out)"
fi
finish
