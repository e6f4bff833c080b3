// arguments.c, glibc.c, starting.c and threads.c act by themselves: linking this target is enough.
#ifndef COVER_BRIDGE_CPROCESS_H
#define COVER_BRIDGE_CPROCESS_H

#if defined(__linux__)
#include <stdbool.h>
#include <stddef.h>

// Gives back the pages of the program and its libraries that are unchanged copies of their files (memory.c).
void cprocess_give_back_start(void);

// Whether this many threads can be started side by side, and leave this much memory free, in bytes. If a limit makes
// this doubtful, the function tests it: it starts the threads for a moment (starting.c).
bool cprocess_can_start_threads(int count, size_t memory);
#endif

#endif
