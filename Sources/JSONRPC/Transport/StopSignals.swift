#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The signals by which a process is told to stop: `SIGTERM`, `SIGINT` and `SIGHUP`.
public enum StopSignals {
    /// Takes the signals, and calls from a thread of its own for each that comes.
    ///
    /// To be called before any other thread is started: threads inherit what is blocked, and a signal that no thread lets through waits
    /// for ours, which is no handler and may do what it likes.
    ///
    /// - Throws: ``TransportError`` where the system has no thread to give.
    public static func take(_ call: @escaping @Sendable (Int32) -> Void) throws(TransportError) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let taken = signals
        try SessionThread.start {
            var taken = taken
            var signal: Int32 = 0
            while unsafe sigwait(&taken, &signal) == 0 { call(signal) }
        }
    }
}
