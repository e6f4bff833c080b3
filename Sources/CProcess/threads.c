// Keeps libdispatch from ending the process. Once a second, libdispatch reads the files /proc/N/stat to learn which of
// its threads run. If it cannot open one, it ends the process with SIGILL: without /proc, or when no descriptor is
// left. This `open` returns a number that no descriptor has. Reading from it fails, and libdispatch then assumes that
// the thread does not run.

#if defined(__linux__)
#include <fcntl.h>
#include <limits.h>
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
#endif
