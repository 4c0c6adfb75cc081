/* SPDX-License-Identifier: MIT */
/* The plugin ABI of kac: types and constants, no functions.
 * <kac/sdk.h> adds the inline helpers and the one-line module macros.
 *
 * RULES OF EVOLUTION
 *  1 A major change gets a new entry symbol (kac_module_v2).
 *  2 A minor change only appends: fields, functions, bits.  Nothing is reused.
 *  3 Every struct passed by pointer begins with struct_size and only grows at
 *    its end; structs embedded by value (kac_rows, kac_crows, kac_array,
 *    kac_span) are frozen.
 *  4 A side reads a field the other may lack only where KAC_HAS says so.
 *  5 A NULL function or pointer means "not offered" or "not wanted".
 *  6 No implicit padding: this header compiles clean under -Wpadded.
 *  7 Strings are UTF-8, owned by the side that made them.
 *
 * CONVENTIONS  t is noising time: data at t_min, noise at t_max; a run goes
 * down in t.  u = t_max - t is the progress of a run.  Rows are particles, row
 * i of a real array starts at data + i * ld.  All arrays are float64.
 *
 * THREADS  [main] one thread; [worker] several blocks at once, self is const.
 * A plugin never links to the host: it is called, and calls back through the
 * pointers that it is lent. */
#ifndef KAC_PLUGIN_H
#define KAC_PLUGIN_H
#include <stddef.h>
#include <stdint.h>

#define KAC_MAGIC 0x6b616331u /* "kac1" */
#define KAC_ABI_MAJOR 1u
#define KAC_ABI_MINOR 4u
#ifndef KAC_NEED_MINOR
#define KAC_NEED_MINOR 0u /* lowest host minor that this plugin accepts */
#endif
#define KAC_HAS(type, p, field) \
  ((p)->struct_size >= offsetof(type, field) + sizeof((p)->field))

/* Offset of a member, refusing to compile when its type is not `want`. */
#ifdef __cplusplus
template <class M, class W>
struct kac_same;
template <class M>
struct kac_same<M, M> {
  enum { value = 0 };
};
#define KAC_AT(type, m, want) \
  (offsetof(type, m) + kac_same<decltype(((type *)0)->m), want>::value)
#define KAC_EXPORT extern "C" __attribute__((visibility("default")))
extern "C" {
#else
#define KAC_AT(type, m, want)                                                  \
  (offsetof(type, m) +                                                         \
   0 * sizeof(                                                                 \
           char[__builtin_types_compatible_p(__typeof__(((type *)0)->m), want) \
                    ? 1                                                        \
                    : -1]))
#define KAC_EXPORT __attribute__((visibility("default")))
#endif

/* KAC_OK or a negative code.  A fallible call that fails also fills *err: a
 * text in lower case without a full stop, and the row inside the block that
 * is to blame, or -1.  The host adds instance, file, config line and step. */
typedef int32_t kac_status;
enum {
  KAC_OK = 0,
  KAC_EINVAL = -1,       /* a parameter or argument is wrong */
  KAC_ENOMEM = -2,       /* memory */
  KAC_ENUMERIC = -3,     /* NaN, overflow, no convergence */
  KAC_EUNSUPPORTED = -4, /* cannot do what was asked */
  KAC_EIO = -5           /* files */
};
typedef struct kac_error {
  int64_t row;
  char msg[248];
} kac_error;

enum {
  KAC_SCORE = 1,
  KAC_POTENTIAL,
  KAC_INTEGRATOR,
  KAC_RESAMPLER,
  KAC_SCHEDULE,
  KAC_OBSERVER
};

/* Quantities: what a score or potential provides, what an integrator needs,
 * what one call wants.  Bits of `provides`, `needs` and `want`. */
#define KAC_Q_SCORE (1ull << 0)    /* grad log q_t(x) */
#define KAC_Q_X0 (1ull << 1)       /* denoised mean E[x_0 | x_t = x] */
#define KAC_Q_EPS (1ull << 2)      /* predicted noise, -sigma score */
#define KAC_Q_VELOCITY (1ull << 3) /* dx/dt of the ODE in noising time t */
#define KAC_Q_LOGP (1ull << 4)     /* log q_t(x), normalised if it can be */
#define KAC_Q_DIV (1ull << 5)      /* divergence of the score */
#define KAC_Q_VJP (1ull << 6)      /* (d x0hat / d x)^T v */
#define KAC_Q_LOGITS (1ull << 7)   /* reserved: token models */
#define KAC_Q_SAMPLE (1ull << 8)   /* exact draws from q_t */
#define KAC_Q_PHI (1ull << 16)     /* log phi(x) */
#define KAC_Q_DPHI (1ull << 17)    /* its gradient */
#define KAC_Q_DPHI_DT (1ull << 18) /* its derivative in t at fixed x */
/* Since 1.1, in `needs` of a potential: the host fills x_prev.  Such a plugin
 * defines KAC_NEED_MINOR as 1u before it includes this header. */
#define KAC_Q_PREV (1ull << 19)
#define KAC_Q_B (1ull << 32)     /* field: velocity b, per unit u */
#define KAC_Q_S (1ull << 33)     /* field: grad log pi_t */
#define KAC_Q_LOGPI (1ull << 34) /* field: log pi_t up to a constant of t */
/* field: log-weight rate per unit u, without what powers and strengths add by
 * their own change in time: the host adds that as an exact difference */
#define KAC_Q_G (1ull << 35)
/* resampler: expected offspring are not n w; the host calls the run greedy and
 * gives no log Z.  Since minor 1; a host of minor 0 does not see it */
#define KAC_R_BIASED (1ull << 48)

/* --- the state of one particle --------------------------------------------
 * n_real doubles and n_token int32, described by spans.  TORUS, POSITIVE and
 * AUX are numbers set aside; version 1 hosts refuse them. */
enum {
  KAC_SPAN_REAL = 1,
  KAC_SPAN_TORUS = 2,
  KAC_SPAN_POSITIVE = 4,
  KAC_SPAN_TOKEN = 8,
  KAC_SPAN_AUX = 16
};
typedef struct kac_span { /* FROZEN */
  uint32_t kind, pad;
  size_t first, count;    /* first real or token, how many */
  double period;          /* TORUS */
  int32_t n_values, mask; /* TOKEN: vocabulary size, mask id or -1 */
} kac_span;
enum { KAC_MEAN_FREE = 1 };
typedef struct kac_space {
  uint32_t struct_size, span_size;
  size_t n_real, n_token, n_spans;
  const kac_span *spans;
  size_t n_bodies, n_dim; /* n_real = n_bodies * n_dim; n_bodies 1 if plain */
  double n_dof;           /* d in the formulas: (n_bodies-1) n_dim, or n_real */
  uint32_t flags, pad;    /* KAC_MEAN_FREE: centre of mass held at zero */
} kac_space;
typedef struct kac_rows { /* FROZEN: row i is real + i*ld and token + i*ldt */
  double *real;
  size_t ld;
  int32_t *token;
  size_t ldt;
} kac_rows;
typedef struct kac_crows { /* FROZEN */
  const double *real;
  size_t ld;
  const int32_t *token;
  size_t ldt;
} kac_crows;
typedef struct kac_array { /* FROZEN: an array parameter, C order */
  const double *data;      /* owned by the host, lives as long as self */
  size_t n, n_dim, shape[4];
} kac_array;

/* --- parameter table -------------------------------------------------------
 * One row per config key.  From it the host fills the plugin's config struct,
 * checks types and ranges, suggests names and writes the documentation.  These
 * keys belong to the host and may not be declared: plugin, id, mode, at,
 * strength, guide, every, window, when, noise, ess_below, power, jacobian,
 * repeat, at_end, at_steps, cess_below; by potentials also not samples,
 * spread, weight, any_of, all_of, not. */
enum {
  KAC_T_BOOL = 1, /* int64_t, 0 or 1 */
  KAC_T_INT,      /* int64_t */
  KAC_T_REAL,     /* double */
  KAC_T_STRING,   /* const char * (never NULL; "" when not given) */
  KAC_T_CHOICE,   /* int64_t: index into the choices */
  KAC_T_ARRAY     /* kac_array (n = 0 when not given) */
};
enum {
  KAC_P_REQUIRED = 1, /* no default */
  KAC_P_OPEN_MIN = 2, /* min itself is not allowed */
  KAC_P_OPEN_MAX = 4, /* max itself is not allowed */
  KAC_P_FILE = 8      /* STRING: a path, relative to the config file */
};
typedef struct kac_param {
  const char *name, *unit, *doc;
  uint32_t type, flags;
  size_t offset;        /* into the config struct */
  double def, min, max; /* numbers; min and max also hold for array elements */
  const char *text;     /* STRING: default.  CHOICE: "a|b|c", def the index.
                         * ARRAY: shape, names separated by commas: "d" must
                         * be n_real, any other name must agree within the
                         * component; "d?" takes one number for all. */
} kac_param;
#define KAC_REAL(T, m, def, min, max, unit, doc) \
  { #m, unit, doc, KAC_T_REAL, 0, KAC_AT(T, m, double), def, min, max, NULL }
#define KAC_INT(T, m, def, min, max, unit, doc) \
  { #m, unit, doc, KAC_T_INT, 0, KAC_AT(T, m, int64_t), def, min, max, NULL }
#define KAC_BOOL(T, m, def, doc) \
  { #m, "", doc, KAC_T_BOOL, 0, KAC_AT(T, m, int64_t), def, 0, 1, NULL }
#define KAC_CHOICE(T, m, def, choices, doc) \
  { #m, "", doc, KAC_T_CHOICE, 0, KAC_AT(T, m, int64_t), def, 0, 0, choices }
#define KAC_STRING(T, m, flags, def, doc) \
  { #m, "", doc, KAC_T_STRING, flags, KAC_AT(T, m, const char *), 0, 0, 0, def }
#define KAC_ARRAY(T, m, flags, shape, unit, doc)                           \
  {                                                                        \
#m, unit, doc, KAC_T_ARRAY, flags, KAC_AT(T, m, kac_array), 0, -1e308, \
        1e308, shape                                                       \
  }

/* --- what the host lends ---------------------------------------------------
 */
typedef struct kac_coeffs { /* the noising process at one t */
  uint32_t struct_size, pad;
  double t;
  double alpha, sigma; /* x_t = alpha x_0 + sigma noise */
  double dalpha,
      dsigma;   /* d/dt; schedules fill these five, the host the rest */
  double f, g2; /* dx = f x dt + g dW */
  double eps;   /* zeta^2 g2 / 2 of the integrator in hand */
} kac_coeffs;

typedef struct kac_block kac_block;
typedef struct kac_field_io kac_field_io;
typedef struct kac_calls { /* [worker] valid for the block in hand only */
  uint32_t struct_size, pad;
  /* The composed field at any points (as many rows as the block has). */
  kac_status (*field)(const kac_block *, kac_field_io *, kac_error *);
  kac_status (*coeffs)(const kac_block *, double t, kac_coeffs *, kac_error *);
  /* n_col standard normals, or uniforms in (0,1), for every row of the block.
   * The same (step, row, instance, draw, column) gives the same number.
   * `draw` < 4096 tells apart several requests in one call; normals have
   * the centre of mass removed if the space is mean free and n_col = n_real. */
  void (*normal)(const kac_block *, uint32_t draw, double *out, size_t ld,
                 size_t n_col);
  void (*uniform)(const kac_block *, uint32_t draw, double *out, size_t ld,
                  size_t n_col);
} kac_calls;

struct kac_block { /* rows [row0, row0 + n) of the run, replicates end to end */
  uint32_t struct_size, pad;
  size_t row0, n;
  uint64_t step; /* from 0; messages count from 1 */
  const kac_space *space;
  void *scratch;         /* per thread, 64-byte aligned, as asked in plan;
                          * contents undefined on entry */
  unsigned char *pstate; /* per row, as asked in plan, zero at the start, moves
                          * with its row; NULL in trial calls */
  size_t pstate_stride;
  const kac_calls *host;
};

/* --- score: a model of the noised density q_t ------------------------------
 */
typedef struct kac_score_io {
  uint32_t struct_size, pad;
  uint64_t want; /* a subset of `provides` */
  double t;
  kac_crows x;
  double *score, *x0, *eps, *velocity; /* n by n_real each, all with ld */
  size_t ld;
  double *logp, *div; /* n each */
  const double *v;    /* VJP: n by n_real, ld */
  double *vjp;        /* n by n_real, ld */
  double *logits;     /* reserved */
  size_t ldlogits;
} kac_score_io;
typedef struct kac_sample_io {
  uint32_t struct_size, pad;
  double t;
  kac_rows x;   /* out */
  double *logp; /* out, n: log q_t of the draws; NULL if not wanted */
} kac_sample_io;
typedef struct kac_score_ops {
  uint32_t struct_size, pad;
  /* [worker] REQUIRED.  Fills what io->want asks for, nothing else. */
  kac_status (*eval)(const void *self, const kac_block *, kac_score_io *,
                     kac_error *);
  /* [worker] OPTIONAL (KAC_Q_SAMPLE).  Exact independent draws from q_t. */
  kac_status (*sample)(const void *self, const kac_block *, kac_sample_io *,
                       kac_error *);
  /* Since 1.2, OPTIONAL, both or none: instances that one call evaluates at the
   * same points, such as two classes of one network.  The host asks which when
   * all of them exist [main], then calls eval_group in place of eval for each
   * [worker]: n of them, n ios of the same t, x and ld, the scratch of the
   * first.  Every byte must be that of separate calls. */
  int32_t (*same_group)(const void *self, const void *other);
  kac_status (*eval_group)(const void *const *selves, size_t n,
                           const kac_block *, kac_score_io *const *ios,
                           kac_error *);
} kac_score_ops;

/* --- potential: log phi; -inf is a verdict, NaN and +inf are errors --------
 */
enum {
  KAC_TRIAL = 1, /* the point may be rejected: leave pstate alone */
  KAC_FINAL = 2  /* x is the end state */
};
typedef struct kac_potential_io {
  uint32_t struct_size, flags;
  uint64_t want; /* KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT */
  double t;
  kac_crows x; /* the state, or its denoised mean: the config decides */
  /* The point of the last look at this particle, of the same kind (state or
   * denoised mean) and with ld of its own; real is NULL at the first look, in
   * trial calls, and for those who do not need KAC_Q_PREV. */
  kac_crows x_prev;
  double *phi;  /* n */
  double *dphi; /* n by n_real, ld */
  size_t ld;
  double *dphi_dt; /* n; partial derivative in noising time */
} kac_potential_io;
typedef struct kac_potential_ops {
  uint32_t struct_size, pad;
  kac_status (*eval)(const void *self, const kac_block *, kac_potential_io *,
                     kac_error *); /* [worker] REQUIRED */
} kac_potential_ops;

/* --- the composed field ----------------------------------------------------
 * Set struct_size, want, t, t_next, x, ld = n_real and the outputs.  `terms`
 * holds the host's own values, n_terms per row: whoever keeps a row of the
 * field keeps its terms too. */
struct kac_field_io {
  uint32_t struct_size, pad;
  uint64_t want; /* KAC_Q_B | S | X0 | LOGPI | G */
  double t;
  double t_next; /* where the step leads */
  kac_crows x;
  double *b, *s, *x0; /* n by n_real, ld */
  size_t ld;
  double *g, *logpi; /* n */
  double *terms;     /* n by n_terms, or NULL */
  size_t n_terms;
};

/* --- integrator ------------------------------------------------------------
 */
typedef struct kac_kernel_io { /* x' ~ N(mean, var I): the host draws, weighs */
  uint32_t struct_size, pad;
  const kac_coeffs *c0, *c1; /* c1->t > c0->t asks for the reversed kernel */
  kac_crows x;
  const kac_field_io *f; /* at (c0->t, x) */
  double *mean;          /* out, n by n_real, ld */
  size_t ld;
  double var; /* out, one for the block */
  double pad_end;
} kac_kernel_io;
typedef struct kac_step_io {
  uint32_t struct_size;
  uint32_t f_valid;          /* out: f now holds the field at (c1->t, x) */
  const kac_coeffs *c0, *c1; /* the same for a move at fixed t */
  kac_rows x;                /* in place */
  kac_field_io *f;           /* in: at (c0->t, x), with what needs_field names;
                              * f->want says what it holds */
  double *dlogw;             /* n: add log proposal ratios, never G */
  double *accept;            /* n: acceptance in [0,1]; NULL unless INVARIANT */
} kac_step_io;
enum {
  KAC_ADVANCES = 1,    /* a move c0->t -> c1->t */
  KAC_INVARIANT = 2,   /* a move at fixed t that leaves pi_t invariant */
  KAC_APPROXIMATE = 4, /* ... only as its step size goes to 0 */
  KAC_OWN_NOISE = 8,   /* ADVANCES with a noise of its own: zeta must be 1 */
  KAC_OWN_LAW = 16     /* ... with a law of its own, whatever the target is */
};
typedef struct kac_integrator_ops {
  uint32_t struct_size, role;
  uint64_t needs_field; /* KAC_Q_B | KAC_Q_S | KAC_Q_X0 | KAC_Q_LOGPI */
  /* [worker] REQUIRED: one of the two.  dx = (b + eps S) du + sqrt(2 eps) dW
   * with du = c0->t - c1->t.  A kernel is also asked backwards, du < 0, where
   * b changes its sign and the noise does not: Euler-Maruyama is
   *   mean = x + b du + eps S |du|,  var = 2 eps |du|,  eps = c0->eps. */
  kac_status (*kernel)(const void *self, const kac_block *, kac_kernel_io *,
                       kac_error *);
  kac_status (*step)(const void *self, const kac_block *, kac_step_io *,
                     kac_error *);
} kac_integrator_ops;

/* --- resampler -------------------------------------------------------------
 */
typedef struct kac_resample_io {
  uint32_t struct_size, pad;
  size_t n_in, n_out;
  const double *w, *logw; /* n_in, normalised to sum 1: linear and log */
  const double *u;        /* n_uniform(n_in, n_out) uniforms in (0,1) */
  uint32_t *ancestor;     /* out, n_out indices in any order */
  double *logw_out;       /* out, n_out, preset to -log n_out */
  void *scratch;          /* as asked in plan (n_particles = n_in) */
} kac_resample_io;
typedef struct kac_resampler_ops {
  uint32_t struct_size, pad;
  /* [any] REQUIRED both.  resample is called for several populations at once,
   * each with its own scratch. */
  size_t (*n_uniform)(const void *self, size_t n_in, size_t n_out);
  kac_status (*resample)(const void *self, kac_resample_io *, kac_error *);
} kac_resampler_ops;

/* --- schedule --------------------------------------------------------------
 */
typedef struct kac_schedule_ops {
  uint32_t struct_size, pad;
  kac_status (*range)(const void *self, double *t_min, double *t_max,
                      kac_error *); /* [main] REQUIRED */
  /* [any] REQUIRED.  Fills alpha, sigma, dalpha, dsigma at t.  The host works
   * out f and g2; where dsigma is infinite (sigma = 0) fill g2 too, which is 0
   * on entry. */
  kac_status (*coeffs)(const void *self, double t, kac_coeffs *, kac_error *);
} kac_schedule_ops;

/* --- observer --------------------------------------------------------------
 */
enum { KAC_FRAME_START = 1, KAC_FRAME_FINAL = 2, KAC_FRAME_RESAMPLED = 4 };
typedef struct kac_frame {
  uint32_t struct_size, flags;
  uint64_t step; /* 0 at the start, n_steps at the end */
  uint64_t n_steps;
  double t;
  size_t n_particles, n_replicates; /* rows: replicates end to end */
  const kac_space *space;
  kac_crows x;
  const double *logw;           /* per row; before resampling */
  const uint32_t *ancestor;     /* per row: index of its ancestor at t_max */
  const double *log_z, *ess;    /* per replicate */
  const double *unique;         /* per replicate: distinct ancestors alive */
  double log_z_mean, log_z_err; /* over replicates; err NaN if one */
  double accept;                /* mean acceptance of the moves, NaN if none */
  /* Per replicate, since 1.3: sum over resamplings of log((1-B)/(1-A)), which
   * variances from ancestors need (docs/methods.md section 5). */
  const double *log_pairs;
} kac_frame;
typedef struct kac_observer_ops { /* [main] self is not shared */
  uint32_t struct_size, pad;
  kac_status (*begin)(void *self, kac_error *); /* OPTIONAL */
  kac_status (*record)(void *self, const kac_frame *,
                       kac_error *);          /* REQUIRED */
  kac_status (*end)(void *self, kac_error *); /* OPTIONAL */
} kac_observer_ops;

/* --- component and module --------------------------------------------------
 */
typedef struct kac_host { /* [main] during create, observers: always */
  uint32_t struct_size, pad;
  void *impl;
  void (*log)(const struct kac_host *, int level, const char *text);
  /* Zeroed, 64-byte aligned, freed with the instance; NULL if there is none. */
  void *(*alloc)(const struct kac_host *, size_t bytes);
  /* A file in the output folder under a temporary name; the host renames it
   * when the run succeeds.  *fd = -1 when the run writes no files. */
  kac_status (*open_output)(const struct kac_host *, const char *name, int *fd,
                            kac_error *);
  /* Numbers for the end table and run.json, key = [a-z0-9_]+. */
  kac_status (*result)(const struct kac_host *, const char *key, const double *,
                       size_t n, kac_error *);
} kac_host;
typedef struct kac_plan { /* in: the run; out: what the instance wants lent */
  uint32_t struct_size, n_threads;
  const kac_space *space;
  size_t n_particles, n_replicates, block, n_steps;
  double t_min, t_max;
  size_t scratch_bytes; /* out: per thread */
  size_t pstate_bytes;  /* out: per particle */
  double sigma_data;    /* out, scores: rms radius per coordinate of the data,
                         * 0 where it is not known */
  /* in: the schedule where the instance first and last is at work; a window
   * may end early.  NULL: nowhere (or it is the schedule itself). */
  const kac_coeffs *first, *last;
  /* out, since 1.1 (KAC_HAS): rows per block that the instance likes, for one
   * that works on batches; 0: no wish.  A `block` of the config wins. */
  size_t rows_wanted;
  /* out, since 1.1 (KAC_HAS): what the component provides and this instance
   * does not after all, because its config leaves it out; bits of KAC_Q_*. */
  uint64_t lacks;
  /* out, since 1.3 (KAC_HAS): what is allowed and rarely meant, for the user to
   * read at the line of the instance; "": nothing. */
  char warning[248];
  /* out, since 1.4 (KAC_HAS): bytes that the instance allocates by itself, in
   * create and later, in all; nothing is lent for them, they belong to the
   * estimate of a run's memory.  A few kB may be left out.  Each head of one
   * network says all of it: heads (same_group) of the same files count once. */
  size_t own_bytes;
} kac_plan;
enum { KAC_THREADS_BLOCK = 0, KAC_THREADS_SERIAL = 1, KAC_THREADS_SELF = 2 };
typedef struct kac_component {
  uint32_t struct_size, kind;
  const char *name; /* [a-z][a-z0-9_]* and the file's base name */
  const char *version, *summary, *doc;
  const char *const *cites; /* NULL-terminated, or NULL */
  uint64_t provides, needs; /* KAC_Q_*, KAC_R_* */
  uint32_t spans, threads;  /* state kinds it handles; KAC_THREADS_* */
  size_t config_size;
  const kac_param *params;
  uint32_t n_params, param_size;
  /* [main] OPTIONAL, pure: rules across fields, what to lend. */
  kac_status (*plan)(const void *config, kac_plan *, kac_error *);
  /* [main] OPTIONAL: NULL means self = config. */
  kac_status (*create)(const kac_host *, const void *config, const kac_plan *,
                       void **self, kac_error *);
  void (*destroy)(void *self); /* [main] OPTIONAL; only after a good create */
  const void *ops;             /* kac_<kind>_ops */
} kac_component;
typedef struct kac_module {
  uint32_t magic, struct_size, abi_major, need_minor;
  const kac_component *const *components; /* NULL-terminated */
} kac_module;
typedef const kac_module *(*kac_module_fn)(void);
#define KAC_ENTRY "kac_module_v1"

#ifdef __cplusplus
}
#endif
#endif
