// SPDX-License-Identifier: GPL-3.0-or-later
// From what libtorch throws, which may be pages of tracebacks, to one line that
// says what happened and where in the user's model.
#ifndef KAC_TORCH_MESSAGE_H
#define KAC_TORCH_MESSAGE_H
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// A path without its folders.
const char *message_file(const char *path);
std::string message_line(const std::string &what);
// Cut behind a word where it would not fit into `bytes` with its end.
std::string message_fitted(const std::string &text, size_t bytes);
// "(2, 64)", or "(2, more)".
std::string message_shape(const std::vector<int64_t> &sizes,
                          const char *more = "");
// What a file is that libtorch cannot load, "" if it looks like TorchScript.
std::string message_misfit(const char *path);

#endif
