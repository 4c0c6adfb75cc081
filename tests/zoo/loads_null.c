/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its entry gives no module. */
#include <kac/sdk.h>

KAC_EXPORT const kac_module *kac_module_v1(void);
KAC_EXPORT const kac_module *kac_module_v1(void) {
  return NULL;
}
