// Handles a system that refuses to start more threads. The reason can be a limit of processes (`ulimit -u`, or the
// limit of a container) or of memory (`ulimit -v`).
//
// Without this file, libdispatch tries again once a second for ever, which hangs the process, and SwiftNIO ends the
// process with SIGILL. Both libraries call pthread_create. The replacement of pthread_create here tries again for a
// while, because a shortage may pass. Then it ends the process with a line that says what is missing.

#if defined(__linux__)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "CProcess.h"

typedef int (*thread_starter)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

enum { TRIES = 500, PAUSE_MILLISECONDS = 10 };

static thread_starter systems_own(void) {
    // ISO C has no conversion from a pointer to data into one to a function; POSIX demands that it works.
    union {
        void *data;
        thread_starter function;
    } found = {.data = dlsym(RTLD_NEXT, "pthread_create")};
    return found.function;
}

static void say(const char *text, size_t length) {
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
    // stderr may have no reader, so the write must not wait.
    if (poll(&errors, 1, 0) == 1) (void)!write(STDERR_FILENO, text, length);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static const char words[] =
        "cover-bridge: the system starts no more threads; raise the limit (ulimit -u, ulimit -v, or the container's).\n";
    thread_starter start = systems_own();
    int code = start(thread, attributes, body, argument);
    for (int try = 0; code == EAGAIN && try < TRIES; try++) {
        struct timespec pause = {.tv_nsec = PAUSE_MILLISECONDS * 1000000L};
        nanosleep(&pause, NULL);
        code = start(thread, attributes, body, argument);
    }
    if (code != EAGAIN) return code;
    say(words, sizeof words - 1);
    // EX_SOFTWARE of sysexits.h. The process ends at once: waiting for what other threads hold could take for ever.
    _exit(70);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *pass_gate(void *unused) {
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return unused;
}

// A limit above this is high enough. Testing it with real threads would slow down every start.
enum { PLENTY = 4096 };

static bool is_below(int kind, rlim_t value) {
    struct rlimit limit;
    return getrlimit(kind, &limit) == 0 && limit.rlim_cur < value;
}

static bool is_limited(void) {
    return is_below(RLIMIT_AS, RLIM_INFINITY) || is_below(RLIMIT_DATA, RLIM_INFINITY) || is_below(RLIMIT_NPROC, PLENTY);
}

bool cprocess_can_start_threads(int count, size_t memory) {
    if (!is_limited()) return true;
    thread_starter start = systems_own();
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    if (threads == NULL) return false;
    int started = 0;
    // The locked gate keeps each thread alive until all have begun, so that the system must allow all at the same time.
    pthread_mutex_lock(&gate);
    while (started < count && start(&threads[started], NULL, pass_gate, NULL) == 0) started++;
    void *room = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pthread_mutex_unlock(&gate);
    for (int index = 0; index < started; index++) pthread_join(threads[index], NULL);
    free(threads);
    if (room == MAP_FAILED) return false;
    munmap(room, memory);
    return started == count;
}
#endif
