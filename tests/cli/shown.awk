# SPDX-License-Identifier: GPL-3.0-or-later
# Is what a page shows what the command printed?
#   awk -f shown.awk SHOWN PRINTED
# A line "..." stands for any number of lines, "..." inside a line for anything
# within it.  Prints the first line that was shown and not printed.
function pattern(text) {
  gsub(/[][\\^$.|?*+(){}]/, "\\\\&", text)
  gsub(/\\\.\\\.\\\./, ".*", text)
  return "^" text "[ \t]*$"
}
FNR == NR { shown[++n_shown] = $0; next }
{ printed[++n_printed] = $0 }

END {
  at = 1
  any = 0
  for (i = 1; i <= n_shown; i++) {
    if (shown[i] == "...") {
      any = 1
      continue
    }
    wanted = pattern(shown[i])
    while (any && at <= n_printed && printed[at] !~ wanted) at++
    if (at > n_printed || printed[at] !~ wanted) {
      print "shown: " shown[i]
      exit 1
    }
    at++
    any = 0
  }
  if (!any && at <= n_printed) {
    print "not shown: " printed[at]
    exit 1
  }
}
