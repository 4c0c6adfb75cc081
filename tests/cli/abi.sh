#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What was compiled against an older header still loads and gives the same
# numbers, and no header in which a member has moved gets past
# core/plugin/abi.c.  tests/abi holds the headers of every minor version.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
abi=$KAC_SRCDIR/tests/abi
header=$KAC_SRCDIR/include/kac/plugin.h
flags='-std=c11 -Wall -Wextra -Wpedantic -Werror'

minor() { sed -n 's/^#define KAC_ABI_MINOR \([0-9]*\)u/\1/p' "$1"; }

# asserts INCLUDE_FOLDER: does abi.c accept the header there?
asserts() {
  for file in abi abi_numbers; do
    # shellcheck disable=SC2086 # words
    ${CC:-cc} $flags -I"$1" -fsyntax-only "$KAC_SRCDIR/core/plugin/$file.c" \
      2>refusal || return 1
  done
}

# --- the headers ------------------------------------------------------------
n=$(minor "$header")
i=0
while [ "$i" -le "$n" ]; do
  frozen=$abi/1.$i/kac/plugin.h
  check "there is a header 1.$i" test -f "$frozen"
  check "it says 1.$i" test "$(minor "$frozen")" = "$i"
  check "abi.c is true of 1.$i" asserts "$abi/1.$i"
  i=$((i + 1))
done
check 'abi.c is true of the header of today' asserts "$KAC_SRCDIR/include"
code() { # FILE without comments
  awk '{ text = text $0 "\n" }
       END {
         while (i = index(text, "/*")) {
           n = index(substr(text, i), "*/")
           text = substr(text, 1, i - 1) substr(text, i + n + 1)
         }
         printf "%s", text
       }' "$1"
}
declarations() { code "$1" | tr -d ' \n\\'; }
check "the header of today is that of 1.$n; a change needs a new minor" test \
  "$(declarations "$header")" = "$(declarations "$abi/1.$n/kac/plugin.h")"

# Wrong twins of the header of today.
mkdir -p twin/kac
twin_is_refused() { # WHAT: the header in twin
  if cmp -s "$header" twin/kac/plugin.h; then
    failed "$1: the twin is the header"
  elif asserts twin; then
    failed "$1 goes unnoticed"
  else
    ok "$1 is refused: $(sed -n 's/.*error: //p' refusal | head -n 1)"
  fi
}
sed 's/^  uint32_t struct_size;$/  uint32_t f_early;/
     s/^  uint32_t f_valid; /  uint32_t struct_size; /
     s/f_early/f_valid/' "$header" >twin/kac/plugin.h
twin_is_refused 'two members that change places'
sed 's/^  size_t ldlogits;$/  size_t more; size_t ldlogits;/' "$header" \
  >twin/kac/plugin.h
twin_is_refused 'a member put in between'
sed 's/^  size_t pstate_bytes; .*$/  double pstate_bytes;/' "$header" \
  >twin/kac/plugin.h
twin_is_refused 'a member of another type'
sed 's/^  char msg\[248\];$/  char msg[504];/' "$header" >twin/kac/plugin.h
twin_is_refused 'a longer message'
sed 's/^  size_t ldt;$/  size_t ldt, more;/' "$header" >twin/kac/plugin.h
twin_is_refused 'a frozen struct that grows'
sed '/^  uint64_t lacks;$/d' "$header" >twin/kac/plugin.h
twin_is_refused 'a member taken back'
sed 's/^  KAC_T_STRING,/  KAC_T_TEXT, KAC_T_STRING,/' "$header" \
  >twin/kac/plugin.h
twin_is_refused 'a type put in between'
sed 's/KAC_Q_LOGP (1ull << 4)/KAC_Q_LOGP (1ull << 9)/' "$header" \
  >twin/kac/plugin.h
twin_is_refused 'a bit with another place'
sed 's/^  size_t (\*n_uniform)(const void \*self, size_t n_in,/  size_t (*n_uniform)(void *self, size_t n_in,/' \
  "$header" >twin/kac/plugin.h
twin_is_refused 'a function of another type'

# Every member of every struct is in abi.c: "struct member" from either side.
code "$header" | awk '
  /^(typedef )?struct kac_[a-z_]* \{/ {
    sub(/^typedef /, ""); name = $2; text = ""; next
  }
  /^}/ && name {
    n = split(text, part, ";")
    for (i = 1; i < n; i++) {
      if (match(part[i], /\(\*[a-z_0-9]+\)/)) {
        print name, substr(part[i], RSTART + 2, RLENGTH - 3)
        continue
      }
      gsub(/\[[^]]*\]/, "", part[i])
      m = split(part[i], each, ",")
      for (j = 1; j <= m; j++) {
        match(each[j], /[a-z_0-9]+ *$/)
        print name, substr(each[j], RSTART, RLENGTH)
      }
    }
    name = ""
  }
  name { text = text " " $0 }' | sed 's/ *$//' | sort >members
tr -d '\n' <"$KAC_SRCDIR/core/plugin/abi.c" | sed 's/AT(/\n&/g' |
  sed -n 's/^AT(\(kac_[a-z_]*\), *\([a-z_0-9]*\), .*/\1 \2/p' | sort >known
check 'abi.c knows every member' cmp members known
check 'and there are many' test "$(wc -l <members)" -ge 232

# --- the plugins ------------------------------------------------------------
# build FOLDER INCLUDE_FOLDER: all of them, as a stranger compiles
build() {
  for source in "$abi"/plugins/*.c; do
    name=$(basename "$source" .c)
    mkdir -p "$1/${name#abi_}"
    # shellcheck disable=SC2086 # words
    ${CC:-cc} $flags -O2 -ffp-contract=off -shared -fPIC -I"$2" "$source" \
      -o "$1/${name#abi_}/$name.so" -lm || return 1
  done
}

cat >run.cfg <<'END'
seed = 5;
block = 16;
state = { real = 2; };
schedule = { plugin = "abi_schedule"; };
time = { steps = 30; };
scores = ( { id = "q"; plugin = "abi_score"; variance = 0.7; } );
target = ( { score = "q"; power = { from = 1.0; to = 1.3; }; } );
potentials = (
  { plugin = "abi_potential"; k = 0.8; center = [ 0.5, -0.5 ]; label = "a";
    mode = "difference"; at = "x0hat"; guide = 0.4; },
  { plugin = "abi_potential"; id = "b"; form = "absolute"; is_counted = false;
    mode = "rate"; strength = { from = 0.0; to = 0.2; }; } );
integrators = ( { plugin = "abi_integrator"; noise = 1.2; },
                { plugin = "./THIS/integrator/abi_integrator.so:abi_move";
                  step = 0.3; repeat = 2; } );
resampler = { plugin = "abi_resampler"; ess_below = 1.0; };
population = { particles = 60; replicates = 3; };
observers = ( { plugin = "abi_observer"; } );
END

# runs FOLDER: the pipeline with the plugins there; results in FOLDER.out
runs() {
  sed "s|THIS|$1|" run.cfg >"$1.cfg"
  kac run "$1.cfg" --plugin-path "$1" --output "$1.out" --quiet
  says 0 '' "a run with plugins of $1"
}
same() {
  for file in samples.npz abi.txt; do
    check "plugins of $1 and today's: $file" cmp "$1.out/$file" \
      "today.out/$file"
  done
  check "plugins of $1 and today's: log Z" test \
    "$(number "$1.out/run.json" log_z)" = "$(number today.out/run.json log_z)"
}
check 'plugins of 1.0 compile against the header of today' \
  build today "$KAC_SRCDIR/include"
runs today
check 'it resamples' test "$(number today.out/run.json resamplings)" -ge 3
check 'it moves' awk '$10 > 0.1 && $10 < 1 { n++ } END { exit n < 20 }' \
  today.out/abi.txt
i=0
while [ "$i" -le "$n" ]; do
  check "and against that of 1.$i" build "1.$i" "$abi/1.$i"
  runs "1.$i"
  same "1.$i"
  i=$((i + 1))
done

# Wrong twin: a host and a plugin that disagree on a member give other numbers.
sed 's/^  double t_min, t_max;$/  double t_max, t_min;/
     s/^  double \*phi;  .*$/  double *dphi;/
     s/^  double \*dphi; .*$/  double *phi;/' "$header" >twin/kac/plugin.h
cp "$KAC_SRCDIR/include/kac/sdk.h" twin/kac
check 'plugins of another header compile' build moved twin
sed "s|THIS|moved|" run.cfg >moved.cfg
kac run moved.cfg --plugin-path moved --output moved.out --quiet
check 'and do not give the same numbers' test "$(
  cmp -s moved.out/samples.npz today.out/samples.npz && echo same)" = ''
finish
