// What Swift's Glibc module leaves out: variadic system calls, and the settings of the allocator and the scheduler.
#ifndef COVER_BRIDGE_CLINUX_H
#define COVER_BRIDGE_CLINUX_H

#if defined(__linux__)
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int clinux_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

// renameat2 with RENAME_NOREPLACE: the call fails if the new name exists, and the existing file stays.
static inline int clinux_rename_new(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1);
}

// renameat2 with RENAME_EXCHANGE: both names exist, and they swap their files in one step.
static inline int clinux_rename_exchange(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2);
}

// The kind of the file system that a path is in: a magic number of statfs(2); 0 if the kind is unknown.
static inline unsigned int clinux_file_system(const char *path) {
    struct statfs information;
    return statfs(path, &information) == 0 ? (unsigned int)information.f_type : 0;
}

// Replaces the usual policy of the calling thread, SCHED_OTHER (0), by SCHED_BATCH (3): see sched(7). Another policy, and
// one that the system refuses to replace, stays. musl only pretends to have these functions.
static inline void clinux_schedule_in_batches(void) {
    struct sched_param none = {0};
    if (syscall(SYS_sched_getscheduler, 0) == 0) syscall(SYS_sched_setscheduler, 0, 3, &none);
}

#if defined(__GLIBC__)
static inline void clinux_tune_malloc(int arenas, int trim_bytes, int mmap_bytes) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_TRIM_THRESHOLD, trim_bytes);
    mallopt(M_MMAP_THRESHOLD, mmap_bytes);
}
#endif
#endif

#endif
