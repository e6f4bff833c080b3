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

static int give_back_object(struct dl_phdr_info *object, size_t size, void *page_size) {
    (void)size;
    // The program has no name here, a library its path. What the kernel maps itself has another.
    if (object->dlpi_name[0] != 0 && object->dlpi_name[0] != '/') return 0;
    uintptr_t page = *(uintptr_t *)page_size;
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
    return 0;
}

void cprocess_give_back_start(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(give_back_object, &page);
}
#endif
