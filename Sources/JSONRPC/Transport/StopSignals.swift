#if canImport(Glibc)
    internal import CLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import CLinux
    internal import Musl
#else
    internal import Darwin
#endif

/// The signals by which a process is told to stop: `SIGTERM`, `SIGINT` and `SIGHUP`.
///
/// They are waited for, not handled: what a handler may do is next to nothing. One that was ignored when the process began stays
/// ignored, as `nohup` and the `&` of a script want it.
public enum StopSignals {
    /// Looked for once, before anything here changes what a signal does.
    private static let heeded = [SIGTERM, SIGINT, SIGHUP].filter { !isIgnored($0) }

    /// Whether a signal does nothing to the process now.
    package static func isIgnored(_ signal: Int32) -> Bool {
        #if canImport(Darwin)
            var action = sigaction()
            guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
            return unsafe unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
                == unsafeBitCast(SIG_IGN, to: Int.self)
        #else
            return clinux_is_ignored(signal) != 0
        #endif
    }

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

    #if !canImport(Darwin)
        /// Waits for a signal for so long at most, and calls where one comes.
        package static func wait(milliseconds: Int, _ call: () -> Void) {
            var signals = all
            var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
            if unsafe sigtimedwait(&signals, nil, &time) > 0 { call() }
        }
    #endif

    private static var all: sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in heeded { unsafe sigaddset(&signals, signal) }
        return signals
    }
}
