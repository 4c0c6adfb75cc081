// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the host to tensors of libtorch and back, gradients of them, and the
// numbers of a file that cannot be right. Part of script.cc, the only file that
// includes it.
#ifndef KAC_TORCH_TENSORS_H
#define KAC_TORCH_TENSORS_H
#include <algorithm>
#include <cmath>
#include <vector>

// One header per operator: half the time of all of them.
#ifndef AT_PER_OPERATOR_HEADERS
#define AT_PER_OPERATOR_HEADERS
#endif
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/autograd.h>

template <class T>
void fill(T *to, const double *from, size_t ld, double scale, size_t n,
          size_t d) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      to[i * d + j] = static_cast<T>(scale * from[i * ld + j]);
}

inline at::Tensor tensor_of(at::ScalarType type, const double *from, size_t ld,
                            double scale, size_t n, size_t d) {
  at::Tensor tensor = at::empty({int64_t(n), int64_t(d)}, type);
  if (type == at::kFloat)
    fill(tensor.data_ptr<float>(), from, ld, scale, n, d);
  else
    fill(tensor.data_ptr<double>(), from, ld, scale, n, d);
  return tensor;
}

// n numbers, or zeros for a gradient that does not exist.
inline void copy_out(const at::Tensor &tensor, size_t n, double *to) {
  if (!tensor.defined()) {
    std::fill(to, to + n, 0.0);
    return;
  }
  at::Tensor plain = tensor.detach().contiguous();
  if (plain.scalar_type() == at::kFloat)
    std::copy_n(plain.data_ptr<float>(), n, to);
  else
    std::copy_n(plain.data_ptr<double>(), n, to);
}

template <class T>
int64_t first_refused(const T *data, int64_t n, bool may_be_infinite) {
  for (int64_t i = 0; i < n; i++)
    if (std::isnan(data[i]) || (!may_be_infinite && std::isinf(data[i])))
      return i;
  return -1;
}

// The index of the first NaN, or of the first number that is not finite; -1
// if there is none.
inline int64_t first_refused(const at::Tensor &tensor, bool may_be_infinite,
                             double *value) {
  if (!tensor.defined() || !tensor.is_floating_point() || !tensor.is_cpu() ||
      tensor.layout() != at::kStrided)
    return -1;
  at::Tensor plain = tensor.detach().contiguous();
  if (plain.scalar_type() != at::kFloat) plain = plain.to(at::kDouble);
  bool is_single = plain.scalar_type() == at::kFloat;
  int64_t n = plain.numel();
  int64_t i = is_single
                  ? first_refused(plain.data_ptr<float>(), n, may_be_infinite)
                  : first_refused(plain.data_ptr<double>(), n, may_be_infinite);
  if (i >= 0)
    *value = is_single ? static_cast<double>(plain.data_ptr<float>()[i])
                       : plain.data_ptr<double>()[i];
  return i;
}

inline std::vector<at::Tensor> gradients(const at::Tensor &out,
                                         const std::vector<at::Tensor> &by,
                                         const at::Tensor &v) {
  return torch::autograd::grad({out}, by, {v}, /*retain_graph=*/false,
                               /*create_graph=*/false, /*allow_unused=*/true);
}

#endif
