// The arguments that the process got, for Swift's CommandLine.
//
// On Linux CommandLine reads /proc/self/cmdline. Where there is no /proc it has no arguments, or ends the process. glibc hands the
// arguments to what runs before main, and the standard library takes them from there.

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor)) static void hand_over(int count, char **arguments) {
    _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
#endif
