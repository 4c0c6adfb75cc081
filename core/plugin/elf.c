/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A look at a file's ELF header before dlopen sees it: a text file, another
 * architecture or a truncated copy is named, and cannot kill us by SIGBUS. */
#include "plugin/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

typedef ElfW(Ehdr) header;
typedef ElfW(Phdr) segment;

static const char *machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "i386";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "another machine";
  }
}

/* The header of the running program says what this machine takes; without
 * /proc the question is left to dlopen. */
static bool read_own_header(header *own) {
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t got = pread(fd, own, sizeof *own, 0);
  close(fd);
  return got == (ssize_t)sizeof *own;
}

static bool check_machine(const header *head, struct reason why) {
  header own;
  if (!read_own_header(&own)) return true;
  const unsigned char *a = head->e_ident, *b = own.e_ident;
  if (a[EI_CLASS] == b[EI_CLASS] && a[EI_DATA] == b[EI_DATA] &&
      head->e_machine == own.e_machine)
    return true;
  return reason_give(
      why, "built for %s (%s bit, %s endian), this kac for %s (%s bit)",
      machine_name(head->e_machine), a[EI_CLASS] == ELFCLASS64 ? "64" : "32",
      a[EI_DATA] == ELFDATA2MSB ? "big" : "little", machine_name(own.e_machine),
      b[EI_CLASS] == ELFCLASS64 ? "64" : "32");
}

static bool lies_inside(unsigned long long first, unsigned long long count,
                        unsigned long long size) {
  return first <= size && count <= size - first;
}

static bool check_extent(int fd, const header *head, size_t size,
                         struct reason why) {
  size_t tables = (size_t)head->e_phnum * sizeof(segment);
  bool whole = head->e_phentsize == sizeof(segment) &&
               lies_inside(head->e_phoff, tables, size) &&
               lies_inside(head->e_shoff,
                           (size_t)head->e_shnum * head->e_shentsize, size);
  for (unsigned i = 0; whole && i < head->e_phnum; i++) {
    segment part;
    off_t at = (off_t)(head->e_phoff + i * sizeof part);
    whole = pread(fd, &part, sizeof part, at) == (ssize_t)sizeof part &&
            (part.p_type != PT_LOAD ||
             lies_inside(part.p_offset, part.p_filesz, size));
  }
  if (whole) return true;
  return reason_give(why,
                     "truncated or damaged: its ELF tables point beyond "
                     "its %zu bytes",
                     size);
}

bool elf_check(int fd, size_t size, struct reason why) {
  header head;
  memset(&head, 0, sizeof head);
  ssize_t got = pread(fd, &head, sizeof head, 0);
  if (got < SELFMAG || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
    return reason_give(why, "not a shared library: %s",
                       size ? "it has no ELF header" : "it is empty");
  if (got < (ssize_t)sizeof head)
    return reason_give(why,
                       "truncated: an ELF header alone has %zu bytes, "
                       "the file %zu",
                       sizeof head, size);
  if (!check_machine(&head, why)) return false;
  if (head.e_type != ET_DYN)
    return reason_give(why, "an ELF file, but not a shared library (type %u)",
                       head.e_type);
  return check_extent(fd, &head, size, why);
}
