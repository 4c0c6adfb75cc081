/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dlopen one file and judge what it says about itself.  Order matters: rights
 * and ELF header before any of its code runs, magic and ABI numbers before
 * anything else of its data is read.  Nothing is ever unloaded: a library with
 * thread-specific destructors would crash the host at exit. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath */
#endif
#include "plugin/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/component.h"
#include "plugin/crash.h"
#include "plugin/elf.h"
#include "plugin/fpenv.h"

enum { COMPONENTS_MAX = 64, MODULE_BYTES_MAX = 4096, ABI_SEARCHED = 9 };

bool load_check_component(const kac_component *component, char *why,
                          size_t why_bytes) {
  return component_check(component, (struct reason){why, why_bytes});
}

/* Another user's code must not become ours.  In a folder with the sticky bit,
 * as /tmp, nobody can put another file in the place of ours. */
static bool give_owner(const char *what, const struct stat *info,
                       struct reason why) {
  return reason_give(why,
                     "%s belongs to user %u, neither to you nor to root: "
                     "refused, --insecure-plugins takes it",
                     what, (unsigned)info->st_uid);
}

static bool is_strange(const struct stat *info) {
  return info->st_uid != 0 && info->st_uid != geteuid();
}

static bool check_owners(const char *path, const struct stat *info,
                         struct reason why) {
  char folder[PATH_MAX];
  struct stat about;
  if (info->st_mode & S_IWOTH)
    return reason_give(why,
                       "anyone can write to it (mode %03o): refused, "
                       "chmod o-w it, or --insecure-plugins takes it",
                       (unsigned)info->st_mode & 0777);
  if (is_strange(info)) return give_owner("it", info, why);
  snprintf(folder, sizeof folder, "%s", path); /* absolute */
  *strrchr(folder, '/') = '\0';
  if (stat(folder[0] ? folder : "/", &about) != 0) return true;
  if ((about.st_mode & S_IWOTH) && !(about.st_mode & S_ISVTX))
    return reason_give(why,
                       "anyone can write to its folder (mode %03o): refused, "
                       "chmod o-w it, or --insecure-plugins takes it",
                       (unsigned)about.st_mode & 0777);
  return is_strange(&about) ? give_owner("its folder", &about, why) : true;
}

static bool check_rights(const char *path, const struct stat *info,
                         struct overrides *overrides, struct reason why) {
  if (S_ISDIR(info->st_mode)) return reason_give(why, "a folder, not a file");
  if (!S_ISREG(info->st_mode)) return reason_give(why, "not a regular file");
  return check_owners(path, info, why) ||
         overrides_allow(overrides, INSECURE_PLUGINS);
}

static bool check_file(const char *path, struct overrides *overrides,
                       struct stat *info, struct reason why) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return reason_give(why, "%s", strerror(errno));
  bool good = fstat(fd, info) == 0
                  ? check_rights(path, info, overrides, why) &&
                        elf_check(fd, (size_t)info->st_size, why)
                  : reason_give(why, "%s", strerror(errno));
  close(fd);
  return good;
}

/* Packages of Debian by the beginning of a library's name: the name of the
 * package, to which the library's version belongs; "": the library's own. */
static const struct {
  const char *library, *package;
} debian[] = {{"libtorch", "libtorch"},
              {"libc10.", "libtorch"},
              {"libdnnl.", "libdnnl"},
              {"libpng16.", "libpng16-"},
              {"libpython", ""}};

/* "libtorch1.13" of "libtorch_cpu.so.1.13: cannot open ...", else "". */
static void name_package(const char *text, char *package, size_t bytes) {
  const char *so = strstr(text, ".so."), *end = strchr(text, ':');
  package[0] = '\0';
  if (!so || !end || end < so) return;
  for (size_t i = 0; i < sizeof debian / sizeof *debian; i++) {
    if (strncmp(text, debian[i].library, strlen(debian[i].library)) != 0)
      continue;
    if (debian[i].package[0])
      snprintf(package, bytes, "%s%.*s", debian[i].package, (int)(end - so - 4),
               so + 4);
    else
      snprintf(package, bytes, "%.*s", (int)(so - text), text);
  }
}

static bool give_missing(const char *text, struct reason why) {
  char package[64];
  name_package(text, package, sizeof package);
  if (!package[0])
    return reason_give(why, "a library that it needs is missing: %s", text);
  return reason_give(why,
                     "a library that it needs is missing: %s (Debian: install "
                     "%s, or build kac again with what there is)",
                     text, package);
}

/* dlerror begins with the path, which the caller says already. */
static bool give_dlerror(const char *path, struct reason why) {
  const char *text = dlerror();
  if (!text) text = "the loader gives no reason";
  size_t length = strlen(path);
  if (strncmp(text, path, length) == 0 && text[length] == ':')
    return reason_give(why, "%s", text + length + 2);
  if (strstr(text, "cannot open shared object file"))
    return give_missing(text, why);
  return reason_give(why, "%s", text);
}

static bool give_no_entry(void *library, struct reason why) {
  char symbol[] = KAC_ENTRY;
  for (int major = 2; major <= ABI_SEARCHED; major++) {
    symbol[sizeof symbol - 2] = (char)('0' + major);
    if (dlsym(library, symbol))
      return reason_give(why, "built for plugin ABI %d, this kac speaks %u",
                         major, KAC_ABI_MAJOR);
  }
  return reason_give(why, "no symbol '" KAC_ENTRY "': not a kac plugin");
}

static bool give_fpenv(const char *when, const char *changed,
                       struct reason why) {
  return reason_give(why, "%s after %s: built with -ffast-math?", changed,
                     when);
}

/* Runs constructors and the entry function, nothing else. */
static bool open_module(const char *path, struct reason why,
                        const kac_module **data) {
  fenv_t env;
  fpenv_save(&env);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const char *changed = fpenv_restore(&env);
  if (!library) return give_dlerror(path, why);
  if (changed) return give_fpenv("loading", changed, why);
  void *symbol = dlsym(library, KAC_ENTRY);
  if (!symbol) return give_no_entry(library, why);
  kac_module_fn entry;
  memcpy(&entry, &symbol, sizeof entry); /* POSIX's way to a function */
  *data = entry();
  changed = fpenv_restore(&env);
  return changed ? give_fpenv("its entry function", changed, why) : true;
}

static bool check_module(const kac_module *data, struct reason why) {
  if (!data || (uintptr_t)data % _Alignof(kac_module) != 0)
    return reason_give(why, KAC_ENTRY " gave no module");
  if (data->magic != KAC_MAGIC)
    return reason_give(why, "magic number 0x%08x, expected 0x%08x", data->magic,
                       KAC_MAGIC);
  if (data->abi_major != KAC_ABI_MAJOR)
    return reason_give(why, "built for plugin ABI %u, this kac speaks %u",
                       data->abi_major, KAC_ABI_MAJOR);
  if (data->need_minor > KAC_ABI_MINOR)
    return reason_give(why, "needs plugin ABI %u.%u, this kac speaks %u.%u",
                       data->abi_major, data->need_minor, KAC_ABI_MAJOR,
                       KAC_ABI_MINOR);
  if (!KAC_HAS(kac_module, data, components) ||
      data->struct_size > MODULE_BYTES_MAX)
    return reason_give(why, "module: struct_size is %u, expected %zu",
                       data->struct_size, sizeof *data);
  if (!data->components || !data->components[0])
    return reason_give(why, "the module holds no component");
  return true;
}

static bool is_first_of_its_name(const kac_component *const *list, size_t i) {
  for (size_t j = 0; j < i; j++)
    if (list[i]->kind == list[j]->kind &&
        strcmp(list[i]->name, list[j]->name) == 0)
      return false;
  return true;
}

/* The list ends in NULL; a second component of the same kind and name could
 * never be chosen. */
static bool check_components(const kac_module *data, struct reason why) {
  const kac_component *const *list = data->components;
  size_t n = 0;
  while (n <= COMPONENTS_MAX && list[n]) n++;
  if (n > COMPONENTS_MAX)
    return reason_give(why, "more than %d components", COMPONENTS_MAX);
  for (size_t i = 0; i < n; i++) {
    if (!component_check(list[i], why)) return false;
    if (!is_first_of_its_name(list, i))
      return reason_give(why, "two components are called '%s'", list[i]->name);
  }
  return true;
}

/* From here to its end a crash is the file's: its tables are read as well. */
static bool judge(const char *path, struct reason why,
                  const kac_module **data) {
  struct crash_site before =
      crash_enter((struct crash_site){.step = -1, .file = path});
  bool is_good = open_module(path, why, data) && check_module(*data, why) &&
                 check_components(*data, why);
  crash_enter(before);
  return is_good;
}

struct module *load_module(struct arena *arena, const char *path,
                           struct overrides *overrides, char *why,
                           size_t why_bytes) {
  struct reason reason = {why, why_bytes};
  struct stat info;
  const kac_module *data = NULL;
  char *resolved = realpath(path, NULL);
  if (!resolved) {
    reason_give(reason, "%s", strerror(errno));
    return NULL;
  }
  struct module *module = arena_alloc(arena, sizeof *module);
  char *copy = arena_copy(arena, resolved);
  free(resolved);
  if (!module || !copy) {
    reason_give(reason, "%s", strerror(ENOMEM));
    return NULL;
  }
  if (!check_file(copy, overrides, &info, reason)) return NULL;
  if (!judge(copy, reason, &data)) return NULL;
  module->path = copy;
  module->data = data;
  module->component = data->components[0];
  module->device = info.st_dev;
  module->inode = info.st_ino;
  return module;
}
