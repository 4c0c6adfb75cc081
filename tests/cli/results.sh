# SPDX-License-Identifier: GPL-3.0-or-later
# Looking into the run.json of a run: $json is the file, $name what the run is
# called in a report.  Read after lib.sh.

# values KEY: the numbers of a key of run.json, one a line
values() {
  sed -n "s/^ *\"$1\": *\[*\([-+0-9.e, ]*\)\]*,*\$/\1/p" "$json" |
    head -n 1 | tr ',' '\n' | tr -d ' ' | sed '/^$/d'
}

# within WHAT LIMIT: every number on standard input, of which there must be
# some, is at most LIMIT in size
within() {
  if awk -v limit="$2" '
    { n++; if (!($1 <= limit && $1 >= -limit)) bad = bad " " $1 }
    END { if (bad != "") print "  beyond", limit ":" bad
          exit bad != "" || n == 0 }'
  then ok "$name: $1"; else failed "$name: $1"; fi
}

is_class() {
  check "$name: class $1" grep -q "\"correctness\": \"$1\"" "$json"
}

# rms N: of the N numbers on standard input
rms() {
  awk -v wanted="$1" '{ sum += $1 * $1; n++ }
    END { if (n == wanted) print sqrt(sum / n) }'
}
