#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Network files that lie: each is refused by kac check, which names the file and
# what is wrong in it, at the line of the score.  The reader's own table of
# them is in tests/unit/test_safetensors.c.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
pipeline 'plugin = "mlp"; file = "n.safetensors";' "$advance" "$hundred" >n.cfg

octal() { printf '%03o' "$1"; }

# header TEXT [LENGTH]: to n.safetensors, with its own length or another one
header() {
  n=${2-${#1}}
  # shellcheck disable=SC2059 # bytes are made by printf
  printf "\\$(octal $((n % 256)))\\$(octal $((n / 256 % 256)))" >n.safetensors
  printf '\0\0\0\0\0\0%s' "$1" >>n.safetensors
}

# refuses PATTERN WHAT
refuses() {
  kac check n.cfg
  says 2 "^n.cfg:4: error: q 'mlp' .*: n.safetensors: $1" "$2"
}

f32='"dtype":"F32","shape"'
printf 'short' >n.safetensors
refuses '5 bytes, too few for a safetensors file$' 'F140 a short file'
header '{}' 60000
refuses 'a header of 60000 bytes in a file of 10' 'F140 a header too long'
header "{\"a\":{$f32:[1],\"data_offsets\":[4,0]}}"
printf 'data' >>n.safetensors
refuses "tensor 'a': data_offsets \[4, 0\], expected begin <= end\$" 'F141 an end before its begin'
header "{\"a\":{$f32:[1],\"data_offsets\":[4,8]}}"
printf 'datadata' >>n.safetensors
refuses "tensor 'a' begins at byte 4 of the data, but bytes 0 to 4 .* no tensor\$" \
  'F141 a hole'
header "{\"a\":{$f32:[4194305,4194305,211106198978564],\"data_offsets\":[0,4]}}"
printf 'data' >>n.safetensors
refuses "tensor 'a': shape .* has too many numbers\$" 'F142 a product too large'
header '{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}'
printf 'data' >>n.safetensors
refuses "tensor 'a': dtype 'I8', expected F32, F16, BF16 or F64\$" 'F143 a type'
header '{"a":[[[[[[[[[[[[]]]]]]]]]]]]}'
refuses 'byte 5 of the JSON header: expected \{$' 'F144 nested arrays'
header '{"a\u0000":{}}'
refuses 'byte 9 of the JSON header: a string holds a zero character$' 'F144 a zero'

# network BYTES: one layer in 2 dimensions, with these as its first weight
network() {
  notes='"kac.format":"1","kac.architecture":"mlp","kac.parameterisation":"eps"'
  notes="$notes,\"kac.label\":\"t\",\"kac.schedule\":\"ve\""
  notes="$notes,\"kac.schedule.sigma_min\":\"0.01\",\"kac.schedule.t_min\":\"0\""
  notes="$notes,\"kac.schedule.sigma_max\":\"50\",\"kac.schedule.t_max\":\"1\""
  notes="$notes,\"kac.mlp.dim\":\"2\",\"kac.mlp.layers\":\"1\""
  notes="$notes,\"kac.mlp.activation\":\"silu\",\"kac.mlp.skip\":\"0\""
  notes="$notes,\"kac.mlp.label_features\":\"none\""
  notes="$notes,\"kac.mlp.class_features\":\"none\""
  tensors="\"layers.0.bias\":{$f32:[2],\"data_offsets\":[0,8]}"
  tensors="$tensors,\"layers.0.weight\":{$f32:$2,\"data_offsets\":[8,24]}"
  header "{\"__metadata__\":{$notes},$tensors}"
  # shellcheck disable=SC2059 # bytes are made by printf
  printf "\\0\\0\\0\\0\\0\\0\\0\\0$1" >>n.safetensors
  printf '\0\0\0\0\0\0\0\0\0\0\0\0' >>n.safetensors
}
network '\000\000\300\177' '[2,2]'
refuses "tensor 'layers.0.weight': number 0 of 4 is not finite in float32 \\(nan" \
  'F147 a weight that is no number'
network '\000\000\200\077' '[4,1]'
refuses "tensor 'layers.0.weight' has shape \\(4, 1\\), expected \\(2, 2\\)\$" \
  'F149 a wrong shape'
network '\000\000\200\077' '[2,2]'
kac check n.cfg
says 0 '' 'a good one'
kac check n.cfg --set schedule.sigma_max=60.0
says 2 'sigma/alpha = 60, but the network was trained on 0.01 to 50 \(ve sched' \
  'noise that the network has not seen'
finish
