/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers of the plugin ABI as they were released: what a bit or a code
 * means to a plugin that was compiled long ago.  As in abi.c, no line ever
 * changes. */
#include <kac/plugin.h>

#define IS(name, value) \
  _Static_assert((name) == (value), #name " has another value")

IS(KAC_MAGIC, 0x6b616331u);
IS(KAC_ABI_MAJOR, 1);
IS(KAC_Q_SCORE, 1ull << 0);
IS(KAC_Q_X0, 1ull << 1);
IS(KAC_Q_EPS, 1ull << 2);
IS(KAC_Q_VELOCITY, 1ull << 3);
IS(KAC_Q_LOGP, 1ull << 4);
IS(KAC_Q_DIV, 1ull << 5);
IS(KAC_Q_VJP, 1ull << 6);
IS(KAC_Q_LOGITS, 1ull << 7);
IS(KAC_Q_SAMPLE, 1ull << 8);
IS(KAC_Q_PHI, 1ull << 16);
IS(KAC_Q_DPHI, 1ull << 17);
IS(KAC_Q_DPHI_DT, 1ull << 18);
IS(KAC_Q_B, 1ull << 32);
IS(KAC_Q_S, 1ull << 33);
IS(KAC_Q_LOGPI, 1ull << 34);
IS(KAC_Q_G, 1ull << 35);

IS(KAC_OK, 0);
IS(KAC_EINVAL, -1);
IS(KAC_ENOMEM, -2);
IS(KAC_ENUMERIC, -3);
IS(KAC_EUNSUPPORTED, -4);
IS(KAC_EIO, -5);

IS(KAC_SCORE, 1);
IS(KAC_POTENTIAL, 2);
IS(KAC_INTEGRATOR, 3);
IS(KAC_RESAMPLER, 4);
IS(KAC_SCHEDULE, 5);
IS(KAC_OBSERVER, 6);

IS(KAC_SPAN_REAL, 1);
IS(KAC_SPAN_TORUS, 2);
IS(KAC_SPAN_POSITIVE, 4);
IS(KAC_SPAN_TOKEN, 8);
IS(KAC_SPAN_AUX, 16);

IS(KAC_MEAN_FREE, 1);

IS(KAC_T_BOOL, 1);
IS(KAC_T_INT, 2);
IS(KAC_T_REAL, 3);
IS(KAC_T_STRING, 4);
IS(KAC_T_CHOICE, 5);
IS(KAC_T_ARRAY, 6);

IS(KAC_P_REQUIRED, 1);
IS(KAC_P_OPEN_MIN, 2);
IS(KAC_P_OPEN_MAX, 4);
IS(KAC_P_FILE, 8);

IS(KAC_TRIAL, 1);
IS(KAC_FINAL, 2);

IS(KAC_ADVANCES, 1);
IS(KAC_INVARIANT, 2);
IS(KAC_APPROXIMATE, 4);
IS(KAC_OWN_NOISE, 8);
IS(KAC_OWN_LAW, 16);

IS(KAC_FRAME_START, 1);
IS(KAC_FRAME_FINAL, 2);
IS(KAC_FRAME_RESAMPLED, 4);

IS(KAC_THREADS_BLOCK, 0);
IS(KAC_THREADS_SERIAL, 1);
IS(KAC_THREADS_SELF, 2);

#if KAC_ABI_MINOR >= 1
IS(KAC_Q_PREV, 1ull << 19);
IS(KAC_R_BIASED, 1ull << 48);
#endif
