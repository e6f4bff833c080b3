// A disk with other habits, to be preloaded: without hard links, without an exclusive rename, or slow.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int link(const char *from, const char *to) {
    if (!getenv("DISK_WITHOUT_LINKS")) return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(from, to);
    errno = EPERM;
    return -1;
}

long syscall(long number, ...) {
    static long (*true_syscall)(long, ...);
    if (!true_syscall) true_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (number == SYS_renameat2 && getenv("DISK_WITHOUT_EXCLUSIVE_RENAME")) {
        errno = EINVAL;
        return -1;
    }
    long values[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) values[index] = va_arg(list, long);
    va_end(list);
    return true_syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

static int synchronize(const char *name, int descriptor) {
    const char *delay = getenv("DISK_DELAY");
    if (delay) usleep((useconds_t)(atof(delay) * 1e6));
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
}

int fsync(int descriptor) { return synchronize("fsync", descriptor); }

int fdatasync(int descriptor) { return synchronize("fdatasync", descriptor); }
