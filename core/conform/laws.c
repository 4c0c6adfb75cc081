/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of laws: names, promises, and where to look when one is broken. */
#include "conform/laws.h"

#define BIT(kind) (1u << (kind))
#define ALL                                                    \
  (BIT(KAC_SCORE) | BIT(KAC_POTENTIAL) | BIT(KAC_INTEGRATOR) | \
   BIT(KAC_RESAMPLER) | BIT(KAC_SCHEDULE) | BIT(KAC_OBSERVER))
#define ROWS (BIT(KAC_SCORE) | BIT(KAC_POTENTIAL) | BIT(KAC_INTEGRATOR))
#define VALUES (BIT(KAC_SCORE) | BIT(KAC_POTENTIAL))

/* What ends a process in any call is first met in `manners` and `fpenv`, and
 * what is never the same twice in `repeats`. */
const struct law laws[] = {
    {"loads", "the file loads and says what it is",
     "build it as the Makefile of `kac new` does, and look at its component "
     "and table of parameters",
     ALL, law_loads, LAW_ALONE | LAW_QUIET},
    {"exports", "it shows kac_module_v1 and nothing else",
     "make everything static, or compile with -fvisibility=hidden: two plugins "
     "that show the same name would share it",
     ALL, law_exports, LAW_ALONE | LAW_QUIET},
    {"creates", "an instance can be made, and another beside it",
     "look at plan, create and destroy; if it needs keys, give them: --set "
     "key=value, or --config with a pipeline that uses it",
     ALL, law_creates, LAW_ALONE | LAW_QUIET},
    {"table", "summary, version and a doc for every parameter",
     "these texts are what `kac info` prints: fill them in", ALL, law_table,
     LAW_QUIET},
    {"manners", "the process is left as it was found",
     "a plugin shares its process with others: no chdir, setlocale, signal, "
     "umask, fork, thread or print",
     ALL, law_manners, LAW_ALONE},
    {"fpenv", "rounding and flushing of numbers stay as they were",
     "do not change the rounding mode, nor link with -ffast-math", ALL,
     law_fpenv, LAW_ALONE},
    {"bounds", "every parameter works, or is refused, at its ends",
     "narrow the range in the table, or check in plan() and say what is wrong",
     ALL, law_bounds, LAW_VARIES},
    {"dimension", "other dimensions work or are refused with a message",
     "loop over block->space->n_real, or check it in plan()", ALL,
     law_dimension, LAW_VARIES},
    {"leaks", "nothing is left of an instance that is destroyed",
     "free in destroy what create allocates, or take it from host->alloc; "
     "allocate nothing in calls",
     ALL, law_leaks, 0},
    {"ends", "a process that has used it comes to its end",
     "it is an atexit function, a destructor or a C++ static of the plugin, or "
     "a thread that it left: `kac run` would end like this after its results",
     ALL, law_ends, LAW_ALONE | LAW_EXITS | LAW_VARIES},
    {"finite", "no NaN or infinity at ordinary points",
     "log phi may be -inf, nothing else may; `--points FILE` and `--spread S` "
     "choose other points",
     ROWS, law_finite, 0},
    {"written", "every row that was asked for is written",
     "write all of io for every row below block->n, also in early returns",
     ROWS, law_written, 0},
    {"repeats",
     "the same call gives the same bytes, also from a second instance",
     "no rand(), clock, counter or uninitialised scratch; randomness comes "
     "from host->normal and host->uniform",
     ROWS | BIT(KAC_RESAMPLER) | BIT(KAC_SCHEDULE), law_repeats, 0},
    {"untouched", "outputs that nobody asked for are left alone",
     "look at io->want before each output, and write n_real numbers to a row",
     ROWS, law_untouched, LAW_COMPARES},
    {"stride", "rows may lie further apart than n_real",
     "row i is at x.real + i * x.ld, and at out + i * ld",
     ROWS | BIT(KAC_OBSERVER), law_stride, LAW_FOLDER | LAW_COMPARES},
    {"inputs", "what is lent for reading is not written",
     "copy a row before changing it: block->scratch is there for that",
     ROWS | BIT(KAC_RESAMPLER), law_inputs, 0},
    {"blocks", "a row is the same in a block of any size",
     "nothing may be carried from row to row or call to call; a matrix product "
     "may sum in another order for another number of rows",
     ROWS, law_blocks, LAW_COMPARES},
    {"order", "a row is the same wherever it lies in a block",
     "use row i's own numbers; draw with host->normal, which follows the row",
     ROWS, law_order, LAW_COMPARES},
    {"threads", "calls from several threads do not disturb each other",
     "self is read only: no statics, no work space in it (ask for scratch in "
     "plan), or say KAC_THREADS_SERIAL",
     ROWS | BIT(KAC_RESAMPLER), law_threads, LAW_COMPARES},
    {"score", "the score is the gradient of logp",
     "compare signs, factors and temperature of the two", BIT(KAC_SCORE),
     law_score, LAW_SETTINGS},
    {"divergence", "div is the trace of the score's Jacobian",
     "sum over all coordinates of d score_k / d x_k", BIT(KAC_SCORE),
     law_divergence, LAW_SETTINGS},
    {"vjp", "vjp is the transposed Jacobian of x0hat times v",
     "it is x0hat that is differentiated, not the score: (1 + sigma^2 J)/alpha",
     BIT(KAC_SCORE), law_vjp, LAW_SETTINGS},
    {"denoised", "x0, eps and velocity mean the same score",
     "x0 = (x + sigma^2 score)/alpha, eps = -sigma score, velocity = f x - g2 "
     "score/2",
     BIT(KAC_SCORE), law_denoised, LAW_SETTINGS},
    {"sample", "draws are of the density whose score is given",
     "scale by alpha and sigma of io->t; take numbers from host->normal, which "
     "follow the row; logp is that of eval",
     BIT(KAC_SCORE), law_sample, LAW_SETTINGS},
    {"group", "a call of several instances gives what calls of each give",
     "use each one's own settings, and fill every io by its own want",
     BIT(KAC_SCORE), law_group, 0},
    {"gradient", "dphi is the gradient of phi, dphi_dt its rate",
     "compare signs and factors of the two; a guide or mode = \"rate\" with a "
     "wrong gradient gives wrong weights",
     BIT(KAC_POTENTIAL), law_gradient, LAW_SETTINGS},
    {"state", "the bytes of a particle go where it goes",
     "row i's bytes are at block->pstate + i * block->pstate_stride: index "
     "nothing by row0 or by number",
     VALUES, law_state, 0},
    {"range", "every ancestor is written and is a particle",
     "write n_out ancestors below n_in; if n_out must be n_in, refuse others",
     BIT(KAC_RESAMPLER), law_range, 0},
    {"zero", "a particle of weight zero has no offspring",
     "strict or not matters where cumulated weights meet a uniform: stop at "
     "the "
     "last particle of positive weight",
     BIT(KAC_RESAMPLER), law_zero, 0},
    {"degenerate", "one particle, equal weights, one alone alive",
     "guard divisions by 1 - w, and the end of the sweep against rounding",
     BIT(KAC_RESAMPLER), law_degenerate, 0},
    {"unbiased", "offspring times new weight is n w on average",
     "a scheme that must be biased says KAC_R_BIASED; weights other than 1/n "
     "belong in logw_out",
     BIT(KAC_RESAMPLER), law_unbiased, 0},
    {"reversed", "short steps of a kernel, ahead and back",
     "mean = x + b du + eps S |du|, var = 2 eps |du|: with du < 0, b changes "
     "its sign and the noise does not",
     BIT(KAC_INTEGRATOR), law_reversed, LAW_SETTINGS},
    {"short", "short steps move and spread as the equation says",
     "dx = (b + eps S) du + sqrt(2 eps) dW: look at factors; another proposal "
     "is made up for in dlogw",
     BIT(KAC_INTEGRATOR), law_short, 0},
    {"gaussian", "many steps lead to Gaussian data",
     "dx = (b + eps S) du + sqrt(2 eps) dW with du = c0->t - c1->t > 0",
     BIT(KAC_INTEGRATOR), law_gaussian, 0},
    {"converges", "the error falls with the step",
     "a term of the step is missing, or has a wrong power of du",
     BIT(KAC_INTEGRATOR), law_converges, 0},
    {"invariant", "moves at fixed t keep the law",
     "the acceptance needs both proposal densities; a move that is only nearly "
     "invariant says KAC_APPROXIMATE",
     BIT(KAC_INTEGRATOR), law_invariant, 0},
    {"weights", "proposal ratios are 1 on average",
     "dlogw takes log ratios of proposals only, and is added to",
     BIT(KAC_INTEGRATOR), law_weights, 0},
    {"consistent", "dalpha and dsigma are the derivatives of alpha and sigma",
     "differentiate once more; f = dalpha/alpha, g2 = dsigma^2/dt - 2 f "
     "sigma^2",
     BIT(KAC_SCHEDULE), law_consistent, LAW_SETTINGS},
    {"monotone", "there is more noise at larger t",
     "t is noising time: data at t_min, noise at t_max", BIT(KAC_SCHEDULE),
     law_monotone, 0},
    {"observes", "frames are only looked at, files only made by the host",
     "copy what must be changed; host->open_output gives a file descriptor, or "
     "-1 where nothing is to be written",
     BIT(KAC_OBSERVER), law_observes, LAW_FOLDER},
};
const size_t n_laws = sizeof laws / sizeof laws[0];
