#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs other people's tools and kac-bench on the same work in turn, one thread
# each, and prints how many times faster kac is.
#
#   bench/compare.sh PEERS_DIR [PAIRS]
#
# PEERS_DIR holds the peers' drivers (w3_gmm_fkc.py, ratio.py, ...), PAIRS is
# how often each pair is run (default 3).  Run it in the build folder after
# `make bench`.  Exit status 1: a bar is missed.
#   PEER_INPUTS  the common inputs, made there if missing (./peer-inputs)
#   PYTHON       with numpy, scipy, numba, torch (/usr/bin/python3)
#   STEPS, N     steps and particles of W3 (200, 100000)
set -eu
[ $# -ge 1 ] || {
  echo "usage: $0 PEERS_DIR [PAIRS]" >&2
  exit 2
}
here=$(dirname "$0")
peers=$1
pairs=${2:-3}
python=${PYTHON:-/usr/bin/python3}
steps=${STEPS:-200}
n=${N:-100000}
: "${PEER_INPUTS:=$PWD/peer-inputs}"
: "${KAC_BENCH:=./kac-bench}"
: "${KAC_PLUGIN_PATH:=$PWD/plugin-tree}"
export PEER_INPUTS KAC_PLUGIN_PATH
# One thread each: CPU seconds compare fairly even on a busy machine.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
[ -f "$PEER_INPUTS/inputs.json" ] || "$python" "$peers/gen_inputs.py"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0

# ratio METRIC FILTER_A FILTER_B COMMAND_A COMMAND_B: median of A/B.
ratio() {
  "$python" "$peers/ratio.py" -n "$pairs" --metric "$1" --filter-a "$2" \
    --filter-b "$3" "$4" "$5" >"$work/ratio" || return 1
  sed -n 's/.*A\/B min .* median \([^ ]*\) max .*/\1/p' "$work/ratio"
}

# figure METRIC FILTER COMMAND...: one figure of kac-bench.
figure() {
  metric=$1
  filter=$2
  shift 2
  "$@" | awk -v m="$metric" -v f="$filter" \
    '$1 == "RESULT" && $5 == m && index($0, f) { v = $6 } END { print v }'
}

# judge VALUE RELATION BOUND: "ok", or "MISSED" and the exit status.
judge() {
  if awk -v a="$1" -v b="$3" -v r="$2" \
    'BEGIN { exit !(r == ">=" ? a >= b : a <= b) }'; then
    verdict=ok
  else
    verdict=MISSED
    missed=1
  fi
}

# w3 CASE BAR: the smallest ratio over the peers is the one that counts.
w3() {
  least=
  for impl in torch32 numpy64 numpy32 numba32; do
    r=$(ratio cpu_s "" "$1" \
      "$python $peers/w3_gmm_fkc.py --impl $impl --case $1 --n $n \
--steps $steps --reps 1 --threads 1" \
      "$KAC_BENCH --only $1_beta2_N${n}_S${steps} --n $n --steps $steps \
--reps 1") || continue
    echo "w3 $1: $r times $impl"
    least=$(printf '%s\n%s\n' "$r" "${least:-$r}" | sort -g | head -n 1)
  done
  [ -n "$least" ] || {
    echo "w3 $1: no peer could be run" >&2
    exit 1
  }
  judge "$least" ">=" "$2"
  echo "w3 $1: $least times the best peer, bar $2: $verdict"
}

# w1 SCHEME BAR: nanoseconds of CPU per particle.
w1() {
  for sd in 1 3; do
    ns=$(figure cpu_ns_per_particle "$1_sd$sd" \
      "$KAC_BENCH" --only "w1 $1_sd$sd" --reps 15)
    judge "$ns" "<=" "$2"
    echo "w1 $1, weights of log-sd $sd: $ns ns per particle, bar $2: $verdict"
  done
}

# kac may take 1.25 times the matrix products alone, and less than torch.
w4() {
  bound=$(figure cpu_sgemm_chain_ns_per_particle openblas_chain \
    "$KAC_BENCH" --only "w4 openblas_chain" --n "$n" --reps 5)
  ns=$(figure cpu_ns_per_particle_step mlp64 \
    "$KAC_BENCH" --only "w4 mlp64" --n "$n" --steps 5 --reps 3)
  r=$(awk -v a="$ns" -v b="$bound" 'BEGIN { printf "%.3f", a / b }')
  judge "$r" "<=" 1.25
  echo "w4: $ns ns, $r times the products through OpenBLAS, bar 1.25: $verdict"
  for peer in "torch --block 1024" "numpy --block 1024"; do
    r=$(ratio cpu_s "" w4 \
      "$python $peers/w4_mlp_fkc.py --impl $peer --n $n --steps 5 --reps 1 \
--threads 1" \
      "$KAC_BENCH --only mlp64x256 --n $n --steps 5 --reps 1") || continue
    judge "$r" ">=" 1
    echo "w4: $r times $peer, bar 1: $verdict"
  done
  r=$(ratio cpu_s "" bf16_ \
    "$python $peers/w4_mlp_fkc.py --impl torch-bf16 --block 1024 --n $n \
--steps 5 --reps 1 --threads 1" \
    "$KAC_BENCH --only bf16_64x256 --n $n --steps 5 --reps 1") || return 0
  judge "$r" ">=" 1
  echo "w4 in bfloat16: $r times torch-bf16 --block 1024, bar 1: $verdict"
  r=$(ratio cpu_s "" bf16_ \
    "$python $here/free_products.py $peers --impl torch-bf16 --block 1024 \
--n $n --steps 5 --reps 1 --threads 1" \
    "$KAC_BENCH --only bf16_64x256 --n $n --steps 5 --reps 1") || return 0
  judge "$r" ">=" 1
  echo "w4 in bfloat16: $r times torch-bf16 without its products, bar 1: $verdict"
}

w1 systematic 10
w1 ssp 30
w3 gmm2d40 4
w3 gmm64d8 3
w4
exit "$missed"
