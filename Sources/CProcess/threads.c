// Keeps libdispatch from ending the process. Once a second, libdispatch reads the files /proc/N/stat to learn which of
// its threads run. If it cannot open one, it ends the process with SIGILL: without /proc, or when no descriptor is
// left. This `open` returns a number that no descriptor has. Reading from it fails, and libdispatch then assumes that
// the thread does not run.

#if defined(__linux__)
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

static bool is_state_of_thread(const char *path) {
    static const char start[] = "/proc/";
    if (strncmp(path, start, sizeof start - 1) != 0) return false;
    path += sizeof start - 1;
    size_t digits = strspn(path, "0123456789");
    return digits > 0 && strcmp(path + digits, "/stat") == 0;
}

// Replaces the C library's `open`, and makes the same system call.
int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    int descriptor = openat(AT_FDCWD, path, flags, mode);
    return descriptor < 0 && is_state_of_thread(path) ? INT_MAX : descriptor;
}

#if defined(__GLIBC__)
// The stack of a thread, in bytes. macOS gives threads half of it.
static const size_t stack_size = 1 << 20;

// glibc gives each thread a stack as large as `ulimit -s` says, 8 MB as a rule, and `ulimit -d` counts all of it. So
// stacks of a fixed size are set here. Otherwise, under a limit of 32 MB, the threads of libdispatch and NIO cannot
// start, and the process crashes or waits for ever. Under a small `ulimit -s`, the stacks of these threads overflow.
__attribute__((constructor)) static void set_stacks(void) {
    pthread_attr_t attributes;
    size_t size;
    if (pthread_getattr_default_np(&attributes) != 0) return;
    if (pthread_attr_getstacksize(&attributes, &size) == 0 && size != stack_size
        && pthread_attr_setstacksize(&attributes, stack_size) == 0) {
        pthread_setattr_default_np(&attributes);
    }
    pthread_attr_destroy(&attributes);
}
#endif
#endif
