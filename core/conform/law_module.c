/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of the file: it loads, says what it is, and shows one symbol. */
#include <elf.h>
#include <fcntl.h>
#include <kac/sdk.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform/laws.h"
#include "plugin/load.h"
#include "plugin/table.h"

/* --- loads -----------------------------------------------------------------
 */
/* What everything else depends on, into the verdict. */
bool law_loads(struct trial *trial) {
  char why[400] = "";
  struct verdict *verdict = trial->verdict;
  struct overrides overrides = trial->options->overrides;
  struct arena *arena = arena_new();
  struct module *module = arena ? load_module(arena, trial->options->plugin,
                                              &overrides, why, sizeof why)
                                : NULL;
  const kac_component *component = module ? module->component : NULL;
  bool is_good = component && load_check_component(component, why, sizeof why);
  if (is_good) {
    verdict->kind = component->kind;
    verdict->threads = component->threads;
    verdict->provides = component->provides;
    if (component->kind == KAC_INTEGRATOR)
      verdict->role = ((const kac_integrator_ops *)component->ops)->role;
    snprintf(verdict->name, sizeof verdict->name, "%s", component->name);
    snprintf(verdict->version, sizeof verdict->version, "%s",
             component->version ? component->version : "");
  }
  arena_free(arena);
  if (!is_good) return trial_broken(trial, "%s", why[0] ? why : "no memory");
  fflush(stdout);
  fflush(stderr);
  off_t printed = lseek(STDOUT_FILENO, 0, SEEK_END);
  return printed <= 0 ||
         trial_broken(trial,
                      "it prints as it is loaded: a constructor at work");
}

/* --- exports ---------------------------------------------------------------
 */
struct image {
  const unsigned char *data;
  size_t n;
};

static bool image_open(struct image *image, const char *path) {
  struct stat info;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *image = (struct image){0};
  if (fd < 0) return false;
  if (fstat(fd, &info) == 0 && info.st_size > (off_t)sizeof(Elf64_Ehdr)) {
    void *data =
        mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data != MAP_FAILED) *image = (struct image){data, (size_t)info.st_size};
  }
  close(fd);
  return image->data;
}

/* A table of the file, or NULL where it does not lie inside. */
static const void *part(const struct image *image, size_t at, size_t bytes) {
  return at <= image->n && bytes <= image->n - at ? image->data + at : NULL;
}

static bool is_shown(const Elf64_Sym *symbol) {
  unsigned bind = ELF64_ST_BIND(symbol->st_info);
  unsigned kind = ELF64_ST_TYPE(symbol->st_info);
  unsigned seen = ELF64_ST_VISIBILITY(symbol->st_other);
  return symbol->st_shndx != SHN_UNDEF && bind != STB_LOCAL &&
         (kind == STT_FUNC || kind == STT_OBJECT || kind == STT_GNU_IFUNC) &&
         (seen == STV_DEFAULT || seen == STV_PROTECTED);
}

/* What the compiler's own start files leave in every library. */
static bool is_of_system(const char *name) {
  return strcmp(name, "_init") == 0 || strcmp(name, "_fini") == 0 ||
         strncmp(name, "__asan", 6) == 0 ||
         strncmp(name, "__odr_asan", 10) == 0;
}

static const char *first_other(const struct image *image,
                               const Elf64_Shdr *table,
                               const Elf64_Shdr *names) {
  size_t n = table->sh_size / sizeof(Elf64_Sym);
  const Elf64_Sym *symbol = part(image, table->sh_offset, table->sh_size);
  const char *text = part(image, names->sh_offset, names->sh_size);
  for (size_t i = 0; symbol && text && i < n; i++) {
    if (!is_shown(&symbol[i]) || symbol[i].st_name >= names->sh_size) continue;
    const char *name = text + symbol[i].st_name;
    if (strcmp(name, KAC_ENTRY) != 0 && !is_of_system(name)) return name;
  }
  return NULL;
}

static const char *find_other(const struct image *image) {
  const Elf64_Ehdr *head = part(image, 0, sizeof *head);
  const Elf64_Shdr *section =
      head ? part(image, head->e_shoff, head->e_shnum * sizeof *section) : NULL;
  for (size_t k = 0; section && k < head->e_shnum; k++)
    if (section[k].sh_type == SHT_DYNSYM && section[k].sh_link < head->e_shnum)
      return first_other(image, &section[k], &section[section[k].sh_link]);
  return NULL;
}

bool law_exports(struct trial *trial) {
  struct image image;
  if (!image_open(&image, trial->options->plugin))
    return trial_broken(trial, "the file cannot be read again");
  const char *other = find_other(&image);
  bool is_kept =
      !other || trial_broken(trial, "it shows '%s' beside " KAC_ENTRY, other);
  munmap((void *)(uintptr_t)image.data, image.n);
  return is_kept;
}

/* --- table -----------------------------------------------------------------
 */
static bool is_empty(const char *text) {
  return !text || text[strspn(text, " ")] == '\0';
}

bool law_table(struct trial *trial) {
  const kac_component *component = trial->component;
  if (is_empty(component->summary))
    return trial_broken(trial, "the component has no summary");
  if (is_empty(component->version))
    return trial_broken(trial, "the component has no version");
  for (size_t i = 0; i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    if (is_empty(param->doc))
      return trial_broken(trial, "parameter '%s' has no doc", param->name);
    if (param->type == KAC_T_REAL && !(param->min < param->max))
      return trial_broken(trial,
                          "parameter '%s': its range from %g to %g holds no "
                          "number but one",
                          param->name, param->min, param->max);
  }
  uint64_t known = component->kind == KAC_SCORE ? 0x1ffu
                   : component->kind == KAC_POTENTIAL
                       ? KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT
                   : component->kind == KAC_RESAMPLER ? KAC_R_BIASED
                                                      : 0;
  if (component->provides & ~known)
    return trial_broken(trial,
                        "it provides bits %#llx, which a %s does not have",
                        (unsigned long long)(component->provides & ~known),
                        kind_names[component->kind]);
  return true;
}
