// Dispatch does not declare its sources as Sendable, but threads may share them.
@unsafe @preconcurrency import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Delivers signals as a stream instead of their default effect. The signals stay caught until the process ends. A
/// signal that was ignored when the process began stays ignored.
package enum Signals {
    /// The signals with which users and systems end a command. The system sends SIGXCPU at the limit of processor time.
    package static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU]

    private static let caught = Mutex<Set<Int32>>([])
    private static let urgent = Atomic(false)

    /// Whether a signal that no key sends has requested the end.
    package static var isEndUrgent: Bool { urgent.load(ordering: .relaxed) }

    /// Runs `body`, which may block for ever, while the ending signals have their default effect.
    package static func withDefaults<T>(_ body: () -> T) -> T {
        let numbers = caught.withLock(\.self).intersection(endings)
        var (set, previous) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&set)
        for number in numbers {
            signal(number, SIG_DFL)
            unsafe sigaddset(&set, number)
        }
        // The signals are unblocked here, because Dispatch blocks signals on its threads.
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, &previous)
        defer {
            unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
            for number in numbers { signal(number, SIG_IGN) }
        }
        return body()
    }

    /// - Parameters:
    ///   - numbers: the signals.
    ///   - ignored: the signals that were ignored when the process began.
    package static func stream(of numbers: [Int32], except ignored: Set<Int32>) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let heeded = numbers.filter { !ignored.contains($0) }
        let sources = heeded.map { number -> any DispatchSourceSignal in
            // The default effect is turned off. Dispatch still notices a signal that is ignored. SIGCONT and SIGWINCH
            // need no change, because they have no default effect on a running process.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if number == SIGTERM || number == SIGHUP { urgent.store(true, ordering: .relaxed) }
                continuation.yield(number)
            }
            source.activate()
            caught.withLock { _ = $0.insert(number) }
            return source
        }
        continuation.onTermination = { _ in for source in sources { source.cancel() } }
        return stream
    }
}
