// Replacements for functions of a glibc newer than 2.34. Ubuntu 22.04, RHEL 9 and Amazon Linux 2023 have 2.34 or 2.35.

#define _GNU_SOURCE
#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__x86_64__)
// glibc keeps several versions of a function, and a binary needs the version with which it was linked. In glibc 2.35,
// hypot and hypotf got a new version, which differs from the old one only in how it sets errno. A binary that needs the
// new version does not start with glibc 2.34. So the linker replaces both functions with these wrappers (--wrap), which
// call the old version.
double old_hypot(double x, double y);
float old_hypotf(float x, float y);
__asm__(".symver old_hypot, hypot@GLIBC_2.2.5");
__asm__(".symver old_hypotf, hypotf@GLIBC_2.2.5");

double __wrap_hypot(double x, double y) { return old_hypot(x, y); }
float __wrap_hypotf(float x, float y) { return old_hypotf(x, y); }
#endif

struct search {
    ElfW(Addr) address;
    struct dl_find_object *result;
};

static int is_place_of(struct dl_phdr_info *object, size_t size, void *data) {
    (void)size;
    struct search *search = data;
    bool holds_it = false;
    ElfW(Addr) start = ~(ElfW(Addr))0, end = 0;
    void *frames = NULL;
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        ElfW(Addr) first = object->dlpi_addr + segment->p_vaddr, last = first + segment->p_memsz;
        if (segment->p_type == PT_GNU_EH_FRAME) frames = (void *)first;
        if (segment->p_type != PT_LOAD) continue;
        if (first < start) start = first;
        if (last > end) end = last;
        if (first <= search->address && search->address < last) holds_it = true;
    }
    if (!holds_it || frames == NULL) return 0;
    *search->result = (struct dl_find_object){
        .dlfo_map_start = (void *)start, .dlfo_map_end = (void *)end, .dlfo_eh_frame = frames
    };
    return 1;
}

// Finds the loaded object that holds an address, and its unwind table. The unwinder of the static libgcc calls this
// function when an exception is thrown. glibc has it from 2.35 on. Older unwinders used dl_iterate_phdr for the same
// purpose.
int _dl_find_object(void *address, struct dl_find_object *result) {
    struct search search = { .address = (ElfW(Addr))address, .result = result };
    return dl_iterate_phdr(is_place_of, &search) == 1 ? 0 : -1;
}
#endif
