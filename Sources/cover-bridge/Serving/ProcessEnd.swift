import CoverAPI
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ends the process after some final work.
enum ProcessEnd {
    private static let closing = Mutex<[@Sendable (ExitStatus) -> Void]>([])
    private static let hasBegun = Mutex(false)

    /// The total time that the final work may take. A disk that hangs must not keep the process running.
    private static let patience = DispatchTimeInterval.milliseconds(1000)

    /// Registers work that runs before ``come(with:)`` ends the process. What is registered last runs first.
    static func before(_ work: @escaping @Sendable (ExitStatus) -> Void) { closing.withLock { $0.append(work) } }

    /// Drops the registered work.
    static func skipWork() { closing.withLock { $0 = [] } }

    /// Ends the process, even if other threads are waiting. If several threads call this, the first caller decides the
    /// exit code.
    static func come(with status: ExitStatus) -> Never {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        // Another thread is ending the process.
        if !isFirst { while true { pause() } }
        let work =
            (hasUnfinishedDownloads ? [{ _ in discardUnfinishedDownloads() }] : []) + closing.withLock { $0.reversed() }
        if !work.isEmpty {
            let done = DispatchSemaphore(value: 0)
            DispatchQueue(label: "end").async {
                for step in work { step(status) }
                done.signal()
            }
            _ = done.wait(timeout: .now() + patience)
        }
        exit(status.rawValue)
    }
}

func endProcess(with status: ExitStatus) -> Never { ProcessEnd.come(with: status) }
