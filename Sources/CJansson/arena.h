// The memory of one text's tree. jansson asks for about twenty blocks to parse even the smallest request, and frees
// each block by itself. Here all blocks are cut from one chunk and are freed with it. This makes a parse a sixth
// cheaper.
#ifndef COVER_BRIDGE_CJANSSON_ARENA_H
#define COVER_BRIDGE_CJANSSON_ARENA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

// This header is at the start of each chunk. Its alignment keeps the blocks after it aligned as malloc would align them.
struct cjansson_chunk {
    _Alignas(16) struct cjansson_chunk *previous;
};

struct cjansson_arena {
    struct cjansson_chunk *newest;
    char *next, *end;
    size_t bytes; // of all chunks
};

// All of this is static. Call it from one source file only, so that there is one copy of it. Swift does not import the
// variables of a header, so each variable is inside a function.

// The functions with which jansson allocated before. If a program has set functions of its own, they still see every
// chunk.
static inline json_malloc_t *cjansson_underlying_malloc(void) {
    static json_malloc_t function;
    return &function;
}

static inline json_free_t *cjansson_underlying_free(void) {
    static json_free_t function;
    return &function;
}

// The arena of the text that this thread is parsing. It is a thread-local variable because jansson gives its functions
// no context.
static inline struct cjansson_arena **cjansson_current(void) {
    static _Thread_local struct cjansson_arena *arena;
    return &arena;
}

static int cjansson_grow(struct cjansson_arena *arena, size_t bytes) {
    // The first chunks have a size that glibc's malloc caches for each thread. Later chunks double the whole, up to a
    // megabyte each.
    size_t size = arena->bytes < 4096 ? 1024 : arena->bytes < 1 << 20 ? arena->bytes : 1 << 20;
    if (size - sizeof(struct cjansson_chunk) < bytes) {
        if (bytes > SIZE_MAX - sizeof(struct cjansson_chunk)) return 0;
        size = sizeof(struct cjansson_chunk) + bytes;
    }
    struct cjansson_chunk *chunk = (*cjansson_underlying_malloc())(size);
    if (!chunk) return 0;
    chunk->previous = arena->newest;
    arena->newest = chunk;
    arena->bytes += size;
    arena->next = (char *)(chunk + 1);
    arena->end = (char *)chunk + size;
    return 1;
}

static void *cjansson_allocate(size_t bytes) {
    struct cjansson_arena *arena = *cjansson_current();
    // Without a current arena, other code in the same process is using jansson. That code gets ordinary memory.
    if (!arena) return (*cjansson_underlying_malloc())(bytes);
    if (bytes > SIZE_MAX - 15) return NULL;
    bytes = (bytes + 15) & ~(size_t)15;
    if ((size_t)(arena->end - arena->next) < bytes && !cjansson_grow(arena, bytes)) return NULL;
    void *block = arena->next;
    arena->next += bytes;
    return block;
}

static void cjansson_free(void *block) {
    // While jansson parses a text, it frees only blocks that it allocated for the same text.
    if (!*cjansson_current()) (*cjansson_underlying_free())(block);
}

// Call this once in a process, before the first text.
static inline void cjansson_use_arenas(void) {
    json_get_alloc_funcs(cjansson_underlying_malloc(), cjansson_underlying_free());
    json_set_alloc_funcs(cjansson_allocate, cjansson_free);
}

// Frees an arena with all the blocks in it, given its newest chunk. Do not call json_decref on the tree as well.
static inline void cjansson_release(struct cjansson_chunk *chunk) {
    while (chunk) {
        struct cjansson_chunk *previous = chunk->previous;
        (*cjansson_underlying_free())(chunk);
        chunk = previous;
    }
}

// Parses a text with its tree in an arena. Returns NULL on an error; then nothing is left to free.
static inline json_t *cjansson_parse(
    const char *text, size_t bytes, size_t flags, json_error_t *error, struct cjansson_chunk **chunk
) {
    struct cjansson_arena arena = {0};
    *cjansson_current() = &arena;
    json_t *root = json_loadb(text, bytes, flags, error);
    *cjansson_current() = NULL;
    if (!root) {
        cjansson_release(arena.newest);
        arena.newest = NULL;
    }
    *chunk = arena.newest;
    return root;
}

#endif
