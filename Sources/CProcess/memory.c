// Gives back memory that only the start needs. The start reads tables and code that runs once, and these
// pages stay in the process until the system is short of memory. A bridge is idle for most of its life, and an editor
// starts many bridges. So the pages are given back; a page that is needed again comes from the system's page cache.

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
        // Writable pages are never given back: no file holds their content.
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        uintptr_t end = (start + part->p_memsz) & ~(page - 1);
        start = (start + page - 1) & ~(page - 1);
        // If the system refuses, the pages stay.
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
}

static int give_back_object(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size, (void)unused;
    // The program has no name here, and a library has its path. Objects that the kernel maps itself have other names.
    if (object->dlpi_name[0] == 0 || object->dlpi_name[0] == '/') give_back_parts(object);
    return 0;
}

void cprocess_give_back_start(void) { dl_iterate_phdr(give_back_object, NULL); }
#endif
