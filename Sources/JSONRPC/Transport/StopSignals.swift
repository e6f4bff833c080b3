#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The signals by which a process is told to stop: `SIGTERM`, `SIGINT` and `SIGHUP`.
///
/// They are waited for, not handled: what a handler may do is next to nothing.
public enum StopSignals {
    /// Holds the signals back. To be called before there is another thread: threads inherit what is held back, and a signal that any of
    /// them lets through ends the process.
    public static func hold() {
        var signals = all
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits for the signals for ever, on the thread that calls, and calls for each that comes.
    public static func wait(_ call: () -> Void) -> Never {
        var signals = all
        var signal: Int32 = 0
        while true {
            if unsafe sigwait(&signals, &signal) == 0 { call() }
        }
    }

    private static var all: sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
        return signals
    }
}
