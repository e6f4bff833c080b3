// What the start alone reads of the program and its libraries (relocations, tables, code that runs once) stays in the process until the
// system needs the memory. A bridge idles most of its life, and an editor starts many: the pages are given back, and those that are
// needed again are found in the system's cache.

#if defined(__linux__)
#define _GNU_SOURCE
#include "CProcess.h"
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static void give_back_parts(const struct dl_phdr_info *object) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        // Never what can be written: it is in no file.
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        uintptr_t end = (start + part->p_memsz) & ~(page - 1);
        start = (start + page - 1) & ~(page - 1);
        // Where the system refuses, the pages stay.
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
}

// `alone`, where it is not null, ends the walk after the program, which is the first of the objects.
static int give_back_object(struct dl_phdr_info *object, size_t size, void *alone) {
    (void)size;
    // The program has no name here, a library its path. What the kernel maps itself has another.
    if (object->dlpi_name[0] == 0 || object->dlpi_name[0] == '/') give_back_parts(object);
    return alone != NULL;
}

// Before main, the relocations: some megabytes that were read a moment ago, and would count in the peak of the start.
__attribute__((constructor)) static void give_back_relocations(void) {
    char alone;
    dl_iterate_phdr(give_back_object, &alone);
}

void cprocess_give_back_start(void) { dl_iterate_phdr(give_back_object, NULL); }
#endif
