#if canImport(Glibc)
    internal import CLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import CLinux
    internal import Musl
#else
    internal import Darwin
#endif

/// The signals that stop a process: `SIGTERM`, `SIGINT`, `SIGHUP`, `SIGQUIT`, and `SIGXCPU`, which the system sends at
/// the limit of processor time.
///
/// A thread waits for these signals. There is no signal handler, because the code in a handler may use almost no
/// functions. A signal that was ignored when the process began stays ignored, as `nohup` and the `&` of a script
/// expect.
public enum StopSignals {
    /// The signals to wait for: those that were not ignored when the process began. This value is computed once, before
    /// this process changes the effect of any signal.
    private static let heeded = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU].filter { !isIgnored($0) }

    /// Whether the process ignores a signal now.
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

    /// Blocks the signals. Call this before there is a second thread, because new threads inherit the mask. If one
    /// thread does not block a signal, the signal ends the process.
    public static func hold() {
        var signals = all
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits for signals on the calling thread, without end, and calls `call` with the number of each signal.
    public static func wait(_ call: (_ number: Int32) -> Void) -> Never {
        var signals = all
        var signal: Int32 = 0
        while true {
            if unsafe sigwait(&signals, &signal) == 0 { call(signal) }
        }
    }

    #if !canImport(Darwin)
        /// Waits for a signal for at most this time. If a signal arrives, `call` is called with its number.
        package static func wait(milliseconds: Int, _ call: (_ number: Int32) -> Void) {
            var signals = all
            var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
            let signal = unsafe sigtimedwait(&signals, nil, &time)
            if signal > 0 { call(signal) }
        }
    #endif

    private static var all: sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in heeded { unsafe sigaddset(&signals, signal) }
        return signals
    }
}
