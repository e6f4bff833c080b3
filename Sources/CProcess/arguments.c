// Gives the arguments of the process to Swift's CommandLine.
//
// On Linux, CommandLine reads /proc/self/cmdline. Without /proc it has no arguments, or ends the process. glibc passes
// the arguments to constructors, which run before main, and the standard library accepts them from there.

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor)) static void hand_over(int count, char **arguments) {
    _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
#endif
