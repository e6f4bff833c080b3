// Dispatch does not say that its sources may be shared; they may.
@unsafe @preconcurrency import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Signals as a stream, in place of what they do by themselves. They stay caught until the process ends. Those that were ignored when
/// the process began stay ignored.
package enum Signals {
    /// Those by which people and systems end a command.
    package static let endings = [SIGINT, SIGTERM, SIGHUP]

    private static let caught = Mutex<Set<Int32>>([])
    private static let urgent = Atomic(false)

    /// Whether the end was asked for in another way than by a key.
    package static var isEndUrgent: Bool { urgent.load(ordering: .relaxed) }

    /// Runs `body`, which may wait for ever, while the signals that end a command do so by themselves.
    package static func withDefaults<T>(_ body: () -> T) -> T {
        let numbers = caught.withLock(\.self).intersection(endings)
        var (set, previous) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&set)
        for number in numbers {
            signal(number, SIG_DFL)
            unsafe sigaddset(&set, number)
        }
        // Dispatch has its threads block them.
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, &previous)
        defer {
            unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
            for number in numbers { signal(number, SIG_IGN) }
        }
        return body()
    }

    /// - Parameter ignored: those that were ignored when the process began.
    package static func stream(of numbers: [Int32], except ignored: Set<Int32>) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let heeded = numbers.filter { !ignored.contains($0) }
        let sources = heeded.map { number -> any DispatchSourceSignal in
            // Dispatch sees a signal that is ignored; SIGCONT and SIGWINCH do nothing to a process anyway.
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
