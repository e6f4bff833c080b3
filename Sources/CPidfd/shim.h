// pidfd_open(2) is variadic syscall(2) before glibc 2.36, which Swift cannot import.
#ifndef COVER_BRIDGE_CPIDFD_H
#define COVER_BRIDGE_CPIDFD_H

#if defined(__linux__)
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int cpidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
#endif

#endif
