// SPDX-License-Identifier: GPL-3.0-or-later
// Texts for errors of libtorch; see message.h.  No header of torch is needed.
#include "message.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

using std::string;

namespace {

std::vector<string> lines_of(const string &text) {
  std::vector<string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    size_t first = text.find_first_not_of(" \t\r", at);
    if (first < end) lines.push_back(text.substr(first, end - first));
    at = end + 1;
  }
  return lines;
}

// '  File "model.py", line 7, in forward' of the innermost call, as
// "model.py:7, in forward"; "" if there is none.
string place_of(const std::vector<string> &lines) {
  const string file = "File \"", number = "\", line ";
  for (size_t i = lines.size(); i-- > 0;) {
    size_t from = lines[i].find(file), mid = lines[i].find(number);
    if (from != 0 || mid == string::npos) continue;
    return lines[i].substr(file.size(), mid - file.size()) + ":" +
           lines[i].substr(mid + number.size());
  }
  return "";
}

// The names of an archive's parts stand at its end.
bool tail_has(std::ifstream &file, const char *name) {
  const std::streamoff most = 1 << 20;
  file.clear();
  file.seekg(0, std::ios::end);
  std::streamoff size = file.tellg();
  file.seekg(std::max(size - most, std::streamoff(0)));
  string tail((std::istreambuf_iterator<char>(file)), {});
  return tail.find(name) != string::npos;
}

}  // namespace

// The interpreter puts what happened last, behind tracebacks of the file and
// of the source; other errors begin with it.
string message_line(const string &what) {
  std::vector<string> lines = lines_of(what);
  if (lines.empty()) return "an error without a text";
  string text = lines[0], place = place_of(lines);
  if (what.find("Traceback of TorchScript") != string::npos) {
    text = lines.back();
    for (const string &line : lines)
      for (const string title : {"RuntimeError: ", "builtins.RuntimeError: "})
        if (line.compare(0, title.size(), title) == 0)
          text = line.substr(title.size());
  }
  if (text.back() == '.') text.pop_back();
  // Weights of a frozen module are constants, which show no type.
  if (text.find("dtype") != string::npos ||
      text.find("scalar type") != string::npos)
    text += "; the key precision says what forward gets";
  return place.empty() ? text : text + " (" + place + ")";
}

string message_fitted(const string &text, size_t bytes) {
  const string more = " ...";
  if (text.size() < bytes) return text;
  string cut = text.substr(0, bytes - 1 - more.size());
  return cut.substr(0, cut.rfind(' ')) + more;
}

const char *message_file(const char *path) {
  const char *slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

string message_shape(const std::vector<int64_t> &sizes, const char *more) {
  string text;
  for (int64_t size : sizes)
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "(" + text + (*more ? ", " : "") + more + ")";
}

// What a file is that libtorch cannot load, "" if it looks like TorchScript.
string message_misfit(const char *path) {
  std::ifstream file(path, std::ios::binary);
  char head[2] = {0, 0};
  file.read(head, sizeof head);
  bool is_zip = head[0] == 'P' && head[1] == 'K';
  bool is_pickle = head[0] == '\x80' || (is_zip && tail_has(file, "data.pkl"));
  if (is_zip && !tail_has(file, "PK\x05\x06"))
    return "the archive has no end: is the file whole?";
  if (is_zip && tail_has(file, "constants.pkl")) return "";
  if (is_pickle)
    return "a pickle of weights, not TorchScript: script the model with "
           "torch.jit.script or tools/kac_export.py";
  return "not a TorchScript file (torch.jit.save writes them)";
}
