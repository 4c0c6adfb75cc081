#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kac check-model: what it prints, what it refuses, what it exits with.  The
# numbers are tested in exact/test_model.
. "$KAC_SRCDIR/tests/cli/lib.sh"
KAC_PLUGIN_PATH=$KAC_PLUGIN_PATH:$KAC_FIXTURES
cd "$trial"

# prints PATTERN WHAT: the last kac said so on standard output
prints() {
  if grep -Eq -- "$1" out; then ok "$2"; else
    failed "$2: expected /$1/ on standard output"
    sed 's/^/  | /' out
  fi
}

pipeline 'plugin = "gaussian";' "$advance" "$hundred" >good.cfg
pipeline 'plugin = "labelled";' "$advance" "$hundred" |
  sed 's/"ve"/"vp"/' >label.cfg

kac check-model good.cfg
says 0 '' 'a good model'
prints "^score 'q', gaussian 1.0, sigma_data 1\$" 'its name'
prints '^points  256 of N\(0, alpha\^2 sigma_data\^2 \+ sigma\^2\)$' 'its points'
prints '^fit over all times 1e-12$' 'its fit'

# Eight normals in each coordinate, more or less.
cat >normal.txt <<'END'
0.77 -0.16
0.44 0.44
0.24 -0.77
0.08 0.24
-0.08 0.08
-0.24 -0.44
-0.44 0.77
-0.77 -0.08
END
kac check-model label.cfg --data normal.txt
says 2 "^label.cfg:4: error: score 'q': parameterisation \"file\" \\(x0\\) is in use, and \"v\" fits .* better: what the network gives is off by" \
  'a wrong label'
says 2 '^    set parameterisation = "v", or --set scores\[0\]' 'what helps'
prints '^  file \(x0\) +[0-9.e-]+ +[0-9.e-]+  in use$' 'what is in use'
prints '^  v +[0-9.e-]+ +[0-9.e-]+  best$' 'what fits'
prints '^  edm +- +-  not possible: .*edm needs sigma_data$' 'what is not possible'
kac check-model label.cfg
says 0 "^label.cfg:4: warning: score 'q': in noise, parameterisation \"v\" comes nearer" \
  'a wrong label, by noise alone'
kac check-model label.cfg --set 'scores[0].parameterisation=v'
says 0 '' 'the parameterisation put right'
kac check-model label.cfg --set 'scores[0].parameterisation=eps'
says 2 '^command line argument 4 \(--set .*: error: .* "eps" is in use, and' \
  'a wrong one of the command line'
kac check-model label.cfg --set 'scores[0].parameterisation=v' \
  --set 'scores[0].slant_logp=2'
says 4 "^label.cfg:4: error: score 'q': its score is not the gradient" \
  'a model that contradicts itself'

kac check-model good.cfg --json --points 16
says 0 '' 'JSON'
prints '^  "is_good": true$' 'JSON: the verdict'
prints '^          "form"|^          "velocity": null,$' 'JSON: what is not there'
kac check-model label.cfg --json --data normal.txt
says 2 'fits' 'JSON of a wrong label'
prints '^      "best": "v",$' 'JSON: what fits'
prints '^  "is_good": false$' 'JSON: the verdict on it'

printf '1 1\n-1 1\n1 -1\n-1 -1\n' >data.txt
kac check-model good.cfg --data data.txt
says 0 '' 'data'
prints '^points  256 of 4 rows of data, noised$' 'its points are data'
kac check-model good.cfg --data none.npy
says 2 "^command line argument 4 \\(--data none.npy\\): error: file 'none.npy': no such file" \
  'data that are not there'
printf '1 2 3\n4 5 6\n' >wide.txt
kac check-model good.cfg --data wide.txt
says 2 "error: file 'wide.txt': its shape is \\(2, 3\\), expected \\(n, 2\\)" \
  'data of another state'
printf '1 2\n' >one.txt
kac check-model good.cfg --data one.txt
says 2 "error: file 'one.txt': its shape is \\(1, 2\\), expected .* 2 or more" \
  'data of one row'
for rows in '1 2\n1 2\n1 2\n' '0 0\n0 0\n'; do
  printf "$rows" >same.txt
  kac check-model good.cfg --data same.txt
  says 2 "error: file 'same.txt': all its [23] rows are alike" 'constant data'
done

kac check-model good.cfg --score Q
says 2 "^good.cfg: error: no score has the id 'Q'" 'a score that is not there'
kac check-model good.cfg --points 1
says 2 "^kac check-model: error: --points is a number from 2 to 1000000, not '1'" \
  'too few points'
kac check-model good.cfg --points many
says 2 "error: --points is a number from 2 to 1000000, not 'many'" 'no number'
kac check-model good.cfg --date x
says 2 "error: unknown option '--date' \\(did you mean '--data'\\?\\)" \
  'an option mistyped'
kac check-model
says 2 '^kac check-model: error: a config is expected$' 'no config'
kac check-model bad.cfg
says 2 '^bad.cfg: error: no such file' 'a config that is not there'

pipeline 'plugin = "nan_score";' "$advance" "$hundred" >nan.cfg
kac check-model nan.cfg
says 5 "^nan.cfg:4: error: q 'nan_score' .*: the score is NaN" 'NaN'
says 5 "^    score 'q' was asked at t = " 'NaN: when'

cat >none.cfg <<'END'
state = { real = 1; };
schedule = { plugin = "static"; };
time = { steps = 2; };
potentials = ( { plugin = "quadratic"; mode = "rate"; } );
integrators = ( { plugin = "langevin"; } );
population = { particles = 2; };
start = { law = "gaussian"; };
END
kac check-model none.cfg
says 2 '^none.cfg: error: there are no scores to check' 'no scores'
finish
