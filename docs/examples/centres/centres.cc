// SPDX-License-Identifier: MIT
// A potential in C++: near one of several centres,
//
//   log phi = log (1/n) sum_k exp(-|x - c_k|^2 / (2 width^2)).
//
// The interface is C.  What C++ adds ends at this file: an instance is a class,
// and no exception leaves a function that the host has called.
//
// Check: width = 1, centres 0 and 2, x = 0: log((1 + e^-2)/2) = -0.5662191.
#include <kac/sdk.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Config {
  kac_array centres;
  double width;
};
const kac_param params[] = {
    KAC_ARRAY(Config, centres, KAC_P_REQUIRED, "centre,d", "length",
              "where phi is largest, a row for each centre"),
    KAC_REAL(Config, width, 1, 1e-9, 1e9, "length", "width of each"),
};

class Centres {
 public:
  Centres(const Config &config, std::size_t dim)
      : dim_(dim), width_(config.width) {
    for (std::size_t k = 0; k < config.centres.shape[0]; k++) {
      const double *row = config.centres.data + k * dim;
      std::vector<double> centre(row, row + dim);
      if (std::find(all_.begin(), all_.end(), centre) != all_.end())
        throw std::invalid_argument("centre " + std::to_string(k) +
                                    " is there twice");
      all_.push_back(centre);
    }
  }

  std::size_t size() const {
    return all_.size();
  }

  // log phi, and with a gradient its own in it; `part` has size() numbers.
  double evaluate(const double *x, double *part, double *gradient) const {
    for (std::size_t k = 0; k < size(); k++)
      part[k] = -0.5 * square(x, all_[k]) / (width_ * width_);
    double level = kac_logsumexp(part, size());
    if (gradient) {
      std::fill(gradient, gradient + dim_, 0.0);
      for (std::size_t k = 0; k < size(); k++)
        add(x, all_[k], std::exp(part[k] - level), gradient);
    }
    return level - std::log(static_cast<double>(size()));
  }

 private:
  double square(const double *x, const std::vector<double> &centre) const {
    double sum = 0;
    for (std::size_t j = 0; j < dim_; j++)
      sum += (x[j] - centre[j]) * (x[j] - centre[j]);
    return sum;
  }

  void add(const double *x, const std::vector<double> &centre, double share,
           double *gradient) const {
    for (std::size_t j = 0; j < dim_; j++)
      gradient[j] -= share * (x[j] - centre[j]) / (width_ * width_);
  }

  std::size_t dim_;
  double width_;
  std::vector<std::vector<double>> all_;
};

// Runs `body`; an exception becomes a status with its text.
template <class Body>
kac_status guarded(kac_error *err, Body body) noexcept {
  try {
    body();
    return KAC_OK;
  } catch (const std::bad_alloc &) {
    return kac_fail(err, KAC_ENOMEM, "no memory");
  } catch (const std::exception &e) {
    return kac_fail(err, KAC_EINVAL, "%s", e.what());
  } catch (...) {
    return kac_fail(err, KAC_EINVAL, "an exception of unknown type");
  }
}

kac_status plan(const void *config, kac_plan *io, kac_error *) noexcept {
  const auto *cfg = static_cast<const Config *>(config);
  io->scratch_bytes = cfg->centres.shape[0] * sizeof(double);
  return KAC_OK;
}

kac_status create(const kac_host *, const void *config, const kac_plan *plan,
                  void **self, kac_error *err) noexcept {
  return guarded(err, [=] {
    *self =
        new Centres(*static_cast<const Config *>(config), plan->space->n_real);
  });
}

void destroy(void *self) noexcept {
  delete static_cast<Centres *>(self);
}

// Several threads are here at once.  The numbers of a row go into the scratch
// of the thread: a vector would ask for memory in every call.
kac_status eval(const void *self, const kac_block *block, kac_potential_io *io,
                kac_error *err) noexcept {
  return guarded(err, [=] {
    const auto *centres = static_cast<const Centres *>(self);
    auto *part = static_cast<double *>(block->scratch);
    for (std::size_t i = 0; i < block->n; i++) {
      double *gradient =
          io->want & KAC_Q_DPHI ? io->dphi + i * io->ld : nullptr;
      double phi = centres->evaluate(kac_row(&io->x, i), part, gradient);
      if (io->want & KAC_Q_PHI) io->phi[i] = phi;
    }
  });
}

const kac_potential_ops ops = {sizeof ops, 0, eval};

// C++ before 20 cannot name the members that it initialises.
kac_component describe() {
  kac_component c = {};
  c.struct_size = sizeof c;
  c.kind = KAC_POTENTIAL;
  c.name = "centres";
  c.version = "1.0";
  c.summary = "near one of several centres";
  c.provides = KAC_Q_PHI | KAC_Q_DPHI;
  c.spans = KAC_SPAN_REAL;
  c.config_size = sizeof(Config);
  c.params = params;
  c.n_params = sizeof params / sizeof params[0];
  c.param_size = sizeof params[0];
  c.plan = plan;
  c.create = create;
  c.destroy = destroy;
  c.ops = &ops;
  return c;
}

const kac_component component = describe();

}  // namespace

KAC_MODULE(component)
