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
/* Where to look, by a word of why it does not load. */
static const struct {
  const char *word, *advice;
} causes[] = {
    {"-ffast-math", "build without -ffast-math, also the link"},
    {"undefined symbol",
     "link what it needs, with -Wl,-z,defs to be told of "
     "it at once; a C++ plugin shows kac_module_v1 as "
     "extern \"C\""},
    {"library that it needs",
     "ldd shows what is missing: -Wl,-rpath or "
     "LD_LIBRARY_PATH say where it is"},
    {"no symbol '",
     "end the file with KAC_MODULE(component); a C++ plugin "
     "shows it as extern \"C\""},
    {"plugin ABI", "compile it again with the headers of this kac"},
    {"built for ", "compile it on this machine, or for it"},
    {"refused", "a plugin is code that will run: only its owner may write it"},
    {"not a shared library", "give the .so, not its source nor its folder"},
    {"not a file", "give the .so, not its source nor its folder"},
    {"not a regular file", "give the .so, not its source nor its folder"},
    {"truncated", "build or copy it again"}};

static const char *advice_of(const char *why) {
  for (size_t k = 0; k < sizeof causes / sizeof *causes; k++)
    if (strstr(why, causes[k].word)) return causes[k].advice;
  return NULL;
}

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
  if (!is_good) {
    trial_broken(trial, "%s", why[0] ? why : "no memory");
    return trial_advise(trial, advice_of(why));
  }
  fflush(stdout);
  fflush(stderr);
  off_t printed = lseek(STDOUT_FILENO, 0, SEEK_END);
  if (printed <= 0) return true;
  trial_broken(trial, "it prints as it is loaded: a constructor at work");
  return trial_advise(trial, "a plugin does nothing before it is called");
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

/* The dynamic symbols of the file; none where its tables are damaged. */
struct symbols {
  const Elf64_Sym *symbol;
  const char *text;
  size_t n, n_text;
};

static struct symbols symbols_of(const struct image *image) {
  const Elf64_Ehdr *head = part(image, 0, sizeof *head);
  const Elf64_Shdr *section =
      head ? part(image, head->e_shoff, head->e_shnum * sizeof *section) : NULL;
  for (size_t k = 0; section && k < head->e_shnum; k++) {
    const Elf64_Shdr *table = &section[k];
    if (table->sh_type != SHT_DYNSYM || table->sh_link >= head->e_shnum)
      continue;
    const Elf64_Shdr *names = &section[table->sh_link];
    struct symbols all = {part(image, table->sh_offset, table->sh_size),
                          part(image, names->sh_offset, names->sh_size),
                          table->sh_size / sizeof(Elf64_Sym), names->sh_size};
    if (all.symbol && all.text && all.n_text > 0 && !all.text[all.n_text - 1])
      return all;
  }
  return (struct symbols){0};
}

static const char *name_of(const struct symbols *all, size_t i) {
  size_t at = all->symbol[i].st_name;
  return at < all->n_text ? all->text + at : "";
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

static const char *find_other(const struct symbols *all) {
  for (size_t i = 0; i < all->n; i++) {
    const char *name = name_of(all, i);
    if (is_shown(&all->symbol[i]) && name[0] && strcmp(name, KAC_ENTRY) != 0 &&
        !is_of_system(name))
      return name;
  }
  return NULL;
}

/* What it takes from libc and should not: the laws cannot see every use. */
static const struct {
  const char *names, *instead;
} unwelcome[] = {
    {" rand srand rand_r random srandom random_r srandom_r drand48 erand48 "
     "lrand48 nrand48 mrand48 jrand48 srand48 seed48 arc4random "
     "arc4random_uniform getrandom getentropy "
     "_ZNSt13random_device9_M_getvalEv ",
     "draw with host->normal and host->uniform, which follow seed and row"},
    {" time gettimeofday ", "results may not depend on the clock"},
    {" exit _exit _Exit quick_exit ",
     "return a kac_status: the process is not the plugin's"},
    {" setlocale signal sigaction ", "the process is not the plugin's"}};

static bool is_word_of(const char *names, const char *name) {
  size_t n = strlen(name);
  for (const char *at = names; (at = strstr(at, name)); at++)
    if (at > names && at[-1] == ' ' && at[n] == ' ') return true;
  return false;
}

static void warn_of_calls(const struct symbols *all, struct verdict *verdict) {
  for (size_t k = 0; k < sizeof unwelcome / sizeof *unwelcome; k++)
    for (size_t i = 0; i < all->n; i++) {
      const char *name = name_of(all, i);
      if (all->symbol[i].st_shndx != SHN_UNDEF || !name[0] ||
          !is_word_of(unwelcome[k].names, name))
        continue;
      snprintf(verdict->warning, sizeof verdict->warning, "it calls %s(): %s",
               name, unwelcome[k].instead);
      return;
    }
}

bool law_exports(struct trial *trial) {
  struct image image;
  if (!image_open(&image, trial->options->plugin))
    return trial_broken(trial, "the file cannot be read again");
  const struct symbols all = symbols_of(&image);
  const char *other = find_other(&all);
  warn_of_calls(&all, trial->verdict);
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
