// Applies the packed relocations of the release binary, before any other code of the binary runs.
//
// A position-independent Swift program has some 100,000 relocations, nearly all of the form "add the base address here". As a plain
// table they take 2.4 MB, which the system's loader reads at each start. The packed form (RELR) takes 20 KB. Loaders support it from
// glibc 2.36 on; Ubuntu 22.04, RHEL 9 and Amazon Linux 2023 have older versions. So the linker marks the packed table with Android's
// tags, which every glibc ignores, and this code is the entry point (build-release: --use-android-relr-tags, -e). Other builds do not
// contain it.

#if defined(__linux__) && defined(__x86_64__)
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, WORDS_IN_BITMAP = 63 };

static const ElfW(Sxword) PACKED_TABLE = 0x6fffe000, PACKED_SIZE = 0x6fffe001;

// The hidden visibility makes both symbols reachable without a relocation.
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));

// Whole pages of memory.
struct pages {
    void *start;
    size_t length;
};

static struct pages pages_between(uintptr_t first, uintptr_t end) {
    uintptr_t start = first & ~(uintptr_t)(PAGE - 1);
    return (struct pages){ .start = (void *)start, .length = ((end + PAGE - 1) & ~(uintptr_t)(PAGE - 1)) - start };
}

// The part that the loader has made read-only, because it has applied all relocations that it knows.
static struct pages find_sealed(uintptr_t base) {
    const ElfW(Phdr) *parts = (const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);
    for (int index = 0; index < __ehdr_start.e_phnum; index++) {
        if (parts[index].p_type != PT_GNU_RELRO) continue;
        uintptr_t start = base + parts[index].p_vaddr;
        // The loader leaves the last page writable if the part ends within it.
        return pages_between(start, (start + parts[index].p_memsz) & ~(uintptr_t)(PAGE - 1));
    }
    return (struct pages){ .start = NULL, .length = 0 };
}

// The form of the table: https://groups.google.com/g/generic-abi/c/bX460iggiKg. An even entry is the address of a word to
// relocate. An odd entry is a bitmap of the 63 words behind the last ones.
static void apply(uintptr_t base, const ElfW(Relr) *table, size_t count) {
    uintptr_t *next = NULL;
    for (const ElfW(Relr) *entry = table; entry < table + count; entry++) {
        if ((*entry & 1) == 0) {
            next = (uintptr_t *)(base + *entry);
            *next++ += base;
            continue;
        }
        for (uintptr_t bits = *entry >> 1; bits != 0; bits &= bits - 1) next[__builtin_ctzl(bits)] += base;
        next += WORDS_IN_BITMAP;
    }
}

// All pages with relocations. These pages are adjacent, and the table is in the order of the addresses.
static struct pages find_relocated(uintptr_t base, const ElfW(Relr) *table, size_t count) {
    uintptr_t end = 0;
    for (size_t index = 0; index < count; index++) {
        if ((table[index] & 1) == 0) end = table[index] + sizeof(uintptr_t);
        else end += WORDS_IN_BITMAP * sizeof(uintptr_t);
    }
    return pages_between(base + table[0], base + end);
}

__attribute__((used, no_stack_protector)) void cprocess_relocate(void) {
    uintptr_t base = (uintptr_t)&__ehdr_start;
    const ElfW(Relr) *table = NULL;
    size_t size = 0;
    for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == PACKED_TABLE) table = (const ElfW(Relr) *)(base + entry->d_un.d_ptr);
        if (entry->d_tag == PACKED_SIZE) size = entry->d_un.d_val;
    }
    size_t count = size / sizeof *table;
    if (count == 0) return;
    struct pages sealed = find_sealed(base), relocated = find_relocated(base, table, count);
    mprotect(sealed.start, sealed.length, PROT_READ | PROT_WRITE);
    // One call replaces a page fault for each of some 300 pages. Kernels before 5.14 refuse the call. Then the page
    // faults happen, which is only slower.
    madvise(relocated.start, relocated.length, MADV_POPULATE_WRITE);
    apply(base, table, count);
    mprotect(sealed.start, sealed.length, PROT_READ);
}

// At the entry the stack is aligned to 16 bytes, and %rdx is for _start.
__asm__(".text\n"
        ".globl cprocess_start\n"
        ".hidden cprocess_start\n"
        ".type cprocess_start, @function\n"
        "cprocess_start:\n"
        "    pushq %rdx\n"
        "    subq $8, %rsp\n"
        "    call cprocess_relocate\n"
        "    addq $8, %rsp\n"
        "    popq %rdx\n"
        "    jmp _start\n"
        ".size cprocess_start, . - cprocess_start\n");
#endif
