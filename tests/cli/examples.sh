#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/examples, as a stranger would use them: copied, compiled against an
# installed kac with pkg-config alone (the C++ one with CMake too), run, and
# compared with the exact answer that each config states; a wrong twin of each
# does not find it.
. "$KAC_SRCDIR/tests/cli/lib.sh"
. "$KAC_SRCDIR/tests/cli/results.sh"
. "$KAC_SRCDIR/tests/cli/prefix.sh"
cp -R "$KAC_SRCDIR/docs/examples" "$trial/examples"
chmod -R u+w "$trial/examples"
cd "$trial/examples"
make -s clean >/dev/null

# run NAME CLASS ARGUMENT...: the pipeline in the working folder
run() {
  name=$1 class=$2
  shift 2
  kac run "$name.cfg" --quiet --output "out-$name" --overwrite "$@"
  says 0 '' "$name.cfg runs"
  json=out-$name/run.json
  is_class "$class"
}

# agrees_in KEY...: all within 6 standard errors
agrees_in() {
  for key; do agrees "$key" 6; done
}

# twin FILE FROM TO: makes the same with a mistake
twin() {
  cp "$1" right
  sed "s|$2|$3|" right >"$1"
  check "$1: the twin differs" test -n "$(cmp right "$1")"
  build "make the twin of $1" "${1%.*}.so"
  mv right "$1"
}

all='chopthin contact distance leimkuhler_matthews likelihood'
build 'make'
for name in $all; do
  exports_one "$name.so"
  obeys "./$name.so" --config "$name.cfg"
done
for name in contact distance likelihood; do
  run "$name" exact
  agrees_in log_z_zscore mean_zscore var_zscore
done
run chopthin exact
agrees_in log_z_zscore mean_zscore var_zscore
agrees largest_weight 0.004
run leimkuhler_matthews discretised
agrees_in mean_zscore var_zscore

twin contact.c 'log(sum / (double)n)' 'log(sum / (double)(n + 1))'
run contact exact
disagrees log_z_zscore 6
twin distance.c 'nearbyint(delta / edge)' '0'
run distance exact
disagrees log_z_zscore 6
twin likelihood.c ' + log(m->error)' ''
run likelihood exact
disagrees log_z_zscore 6
twin chopthin.c 'log(each)' 'log(each > a ? a : each)'
run chopthin exact
disagrees log_z_zscore 6
twin leimkuhler_matthews.c '(old\[j\] + new\[j\])' '2 * new[j]'
run leimkuhler_matthews discretised
disagrees var_zscore 6
build 'make again' -B

# --- what they refuse ---------------------------------------------------------
kac check distance.cfg --set 'potentials[0].box=[1.0,2.0]'
says 2 "'distance.*: box has 2 edges, the state 1 axes" \
  'a box of another dimension'
kac check distance.cfg --set 'potentials[0].j=2'
says 2 'there is no body 2: the state has 2, counted from 0' \
  'a body too many'
kac check distance.cfg --set 'potentials[0].j=0'
says 2 'i and j are both body 0' 'a body with itself'
kac check distance.cfg --set 'potentials[0].lower=2.0'
says 2 'lower = 2 is above upper = 0.75' 'an empty interval'
kac check contact.cfg --set 'potentials[0].pairs=((0,3))'
says 2 'pairs\[0\] names body 3: expected 0 to 2' \
  'a pair with a body too many'
kac check contact.cfg --set 'potentials[0].pairs=((0,1),(1,1))'
says 2 'pairs\[1\] is body 1 with itself' 'a pair of one body'
sed '/^observers/,$d' contact.cfg >alone.cfg
kac check alone.cfg --set state.particles=1
says 2 'a pair takes two bodies, the state has 1' 'one body'
kac check likelihood.cfg --set 'potentials[0].file="none.csv"'
says 6 'none.csv: No such file' 'a file that is not there'
for line in '1,2' '1,2,0' '1,2,x' '1,2,3,4' 'nan,2,3'; do
  printf 'time,value,error\n%s\n' "$line" >bad.csv
  kac check likelihood.cfg --set 'potentials[0].file="bad.csv"'
  says 6 'bad.csv:2: expected time,value,error with error > 0' "line $line"
done
echo '1,,2' >bad.csv
kac check likelihood.cfg --set 'potentials[0].file="bad.csv"'
says 6 'bad.csv: no measurements' 'nothing measured'

# --- C++ ---------------------------------------------------------------------
cd centres
if command -v "${CXX:-g++}" >/dev/null; then
  build 'make centres' CXX="${CXX:-g++}" CXXFLAGS="$strict_cxx"
  exports_one centres.so
  obeys ./centres.so --config centres.cfg
  run centres exact
  agrees_in log_z_zscore mean_zscore var_zscore
  kac run centres.cfg --set 'potentials[0].centres=((1,0),(1,0))' --quiet
  says 4 "'centres.*: centre 1 is there twice" 'an exception is a message'
else
  skip 'centres, no C++ compiler'
fi

# with_cmake FOLDER ARGUMENT...: configures and builds
with_cmake() {
  folder=$1
  shift
  cmake -S . -B "$folder" -DCMAKE_CXX_COMPILER="${CXX:-g++}" "$@" \
    >"$trial/cmake" 2>&1 && cmake --build "$folder" >>"$trial/cmake" 2>&1
}
if command -v cmake >/dev/null && command -v "${CXX:-g++}" >/dev/null; then
  prefix=$(dirname "$(dirname "$KAC")")
  check 'cmake finds kac and builds centres' with_cmake build \
    -DCMAKE_PREFIX_PATH="$prefix"
  exports_one build/centres.so
  cp build/centres.so .
  run centres exact
  agrees_in log_z_zscore mean_zscore var_zscore
  check 'kac_PLUGIN_DIR is where the plugins are' cmake --install build
  check 'the installed plugin is there' \
    test -f "$KAC_PLUGIN_PATH/potential/centres.so"
  kac info centres
  says 0 '' 'the installed plugin is found by its name'
  sed 's/find_package(kac 0.1/find_package(kac 0.2/' CMakeLists.txt >newer
  mv newer CMakeLists.txt
  with_cmake newer -DCMAKE_PREFIX_PATH="$prefix" && status=0 || status=1
  check 'a newer version is not found' test "$status" = 1
  check 'cmake says which it has' grep -q 'kacConfig.cmake, version: 0.1' \
    "$trial/cmake"
else
  skip 'cmake'
fi
finish
