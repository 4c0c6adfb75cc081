# SPDX-License-Identifier: GPL-3.0-or-later
# KAC_OPTIONAL(NAME, WHAT, CHECK)
#
# A library that plugins need and kac does not: --with-NAME=auto|yes|no.  CHECK
# is shell code that sets kac_found to yes where WHAT is there; it is not run
# for "no", and "yes" fails without it.  Results:
#   with_NAME        yes or no
#   HAVE_NAME        in capitals, an automake conditional
#   KAC_ABSENT_NAME  in capitals, added to OPTIONAL_CPPFLAGS: the enum
#                    absent_state of core/plugin/absent.h
AC_DEFUN([KAC_OPTIONAL], [
  m4_pushdef([NAME], m4_toupper([$1]))
  AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=auto|yes|no], [$2 (auto: where it is found)])],
    [], [with_$1=auto])
  AS_CASE([$with_$1], [auto|yes|no], [],
    [AC_MSG_ERROR([--with-$1=$with_$1: expected auto, yes or no])])
  kac_found=no
  AS_IF([test "x$with_$1" != xno], [$3])
  AS_IF([test "x$kac_found" = xyes], [kac_absent=0],
    [test "x$with_$1" = xno], [kac_absent=2],
    [test "x$with_$1" = xyes], [AC_MSG_ERROR([--with-$1, but no $2])],
    [kac_absent=1])
  with_$1=$kac_found
  AM_CONDITIONAL([HAVE_]NAME, [test "x$with_$1" = xyes])
  OPTIONAL_CPPFLAGS="$OPTIONAL_CPPFLAGS -DKAC_ABSENT_[]NAME=$kac_absent"
  AC_SUBST([OPTIONAL_CPPFLAGS])
  m4_popdef([NAME])
])
