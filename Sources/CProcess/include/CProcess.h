// arguments.c, glibc.c and threads.c act by themselves: linking this target is enough.
#ifndef COVER_BRIDGE_CPROCESS_H
#define COVER_BRIDGE_CPROCESS_H

#if defined(__linux__)
// Gives back the pages of the program and its libraries that are unchanged copies of their files (memory.c).
void cprocess_give_back_start(void);
#endif

#endif
