# SPDX-License-Identifier: GPL-3.0-or-later
# The fenced blocks of a Markdown page, each into a file of its own:
#   awk -v folder=DIR -f blocks.awk PAGE
# writes DIR/LINE for the block whose fence stands in that line and prints
# LINE LANGUAGE [WORD], in order; LANGUAGE is "?" where something is wrong with
# the block itself, and the words then say what.
BEGIN { is_open = 0; before = "" }

is_open && /^```[ \t]*$/ {
  close(file)
  is_open = 0
  before = ""
  next
}
is_open {
  print >file
  next
}
/^[ \t]+```/ {
  print NR, "?", "the fence of a block is indented"
  next
}
/^```/ {
  is_open = 1
  start = NR
  file = folder "/" NR
  printf "" >file
  words = substr($0, 4)
  if (words == "") print NR, "?", "a block without a language"
  else if (words !~ /^[a-z]+( [a-z-]+)?$/)
    print NR, "?", "not a language and at most one word: " words
  else print NR, words
  next
}
/^(    |\t)/ && before ~ /^[ \t]*$/ {
  print NR, "?", "an indented block: put it into a fence with a language"
}
{ before = $0 ~ /^(    |\t)/ ? "x" : $0 }

END { if (is_open) print start, "?", "a block that never ends" }
