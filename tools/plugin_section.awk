# SPDX-License-Identifier: GPL-3.0-or-later
# A section of docs/plugins.md from what `kac info --json` prints: one key, one
# element or one bracket a line.
function unquote(text) {
  sub(/,$/, "", text)
  if (text !~ /^"/) return text == "null" ? "" : text
  text = substr(text, 2, length(text) - 2)
  gsub(/\\"/, "\"", text)
  gsub(/\\n/, " ", text)
  gsub(/\\\\/, "\\", text)
  return text
}

# In a table a bar would end the cell, and an asterisk may begin a stress.
function cell(text) {
  gsub(/\|/, "\\|", text)
  gsub(/\*/, "\\*", text)
  return text
}

function code(text) { return text == "" ? "" : "`" text "`" }

# "0 to 1", "> 0"; ends in brackets where the end itself is not allowed
function range(low, high) {
  if (row["choices"] != "") return row["choices"]
  low = row["min"]
  high = row["max"]
  if (row["type"] == "bool") return ""
  if (row["type"] == "array") row["shape"] = "[" row["shape"] "]"
  else row["shape"] = ""
  if (low == "" && high == "") return row["shape"]
  if (row["shape"] != "") row["shape"] = row["shape"] " "
  if (high == "")
    return row["shape"] (row["min_is_open"] == "true" ? "> " : ">= ") low
  if (low == "")
    return row["shape"] (row["max_is_open"] == "true" ? "< " : "<= ") high
  return row["shape"] low \
    (row["min_is_open"] == "true" ? " (not itself)" : "") " to " high \
    (row["max_is_open"] == "true" ? " (not itself)" : "")
}

function standard() {
  if (row["required"] == "true") return "required"
  if (row["type"] == "string" && row["default"] == "") return ""
  if (row["type"] == "choice" || row["type"] == "string")
    return code("\"" row["default"] "\"")
  return row["default"]
}

function print_row() {
  if (list != "parameters") return
  if (n_rows++ == 0)
    table = "\n| key | type | unit | default | range | |\n|---|---|---|---|---|---|\n"
  table = table "| " code(row["name"]) " | " row["type"] " | " \
    cell(row["unit"]) " | " standard() " | " cell(range()) " | " \
    cell(row["doc"]) " |\n"
}

function line(label, text) {
  if (text == "") return
  facts = facts (facts == "" ? "" : "; ") label text
}

/^  "[a-z_]+": \[\]/ { next }
/^  "[a-z_]+": \[/ {
  list = $1
  gsub(/[":]/, "", list)
  next
}
/^  \]/ { list = ""; next }
list != "" && /^    \{/ {
  split("", row)
  next
}
list != "" && /^    \}/ { print_row(); next }
/^      "choices": \[/ { in_choices = 1; next }
in_choices && /^      \]/ { in_choices = 0; next }
in_choices {
  sub(/^ */, "")
  row["choices"] = row["choices"] (row["choices"] == "" ? "" : ", ") \
    code(unquote($0))
  next
}
/^  *"[a-z_]+": / {
  key = $1
  gsub(/[":]/, "", key)
  value = $0
  sub(/^ *"[a-z_]+": /, "", value)
  if (list == "") top[key] = unquote(value)
  else row[key] = unquote(value)
  next
}
list != "" && /^    / {
  sub(/^ */, "")
  all[list] = all[list] (all[list] == "" ? "" : list == "cites" ? "\n" : ", ") \
    unquote($0)
}

function fold(text, words, n, i, column) {
  n = split(text, words, " ")
  for (i = 1; i <= n; i++) {
    column += length(words[i]) + 1
    if (i > 1 && column > 86) {
      printf "\n"
      column = length(words[i]) + 1
    } else if (i > 1) printf " "
    printf "%s", words[i]
  }
  print ""
}

END {
  print "### " top["kind"] "/" top["name"]
  print ""
  fold(cell(top["summary"]))
  if (top["doc"] != "") {
    print ""
    fold(cell(top["doc"]))
  }
  line("", top["role"])
  line("provides ", all["provides"])
  line("needs ", all["needs"])
  if (top["threads"] != "block") line("threads ", top["threads"])
  if (facts != "") print "\n" toupper(substr(facts, 1, 1)) substr(facts, 2) "."
  if (table != "") printf "%s", table
  else print "\nNo parameters."
  n = split(all["cites"], cites, "\n")
  for (i = 1; i <= n; i++) print (i == 1 ? "\n" : "") "- " cell(cites[i])
}
