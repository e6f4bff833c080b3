import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How the process ends, and what is put in order before.
enum ProcessEnd {
    private static let closing = Mutex<[@Sendable () -> Void]>([])
    private static let hasBegun = Mutex(false)

    /// How long the work before the end may take in all. A disk that hangs must not keep the process.
    private static let patience = DispatchTimeInterval.milliseconds(1000)

    /// Has work done before the process ends, however it ends by itself.
    static func before(_ work: @escaping @Sendable () -> Void) { closing.withLock { $0.append(work) } }

    /// Leaves out what was to be done before the end.
    static func skipWork() { closing.withLock { $0 = [] } }

    /// Ends the process, whatever threads still wait for something. The first caller says with which code.
    static func come(with status: ExitStatus) -> Never {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        // Another thread ends the process.
        if !isFirst { while true { pause() } }
        let work = closing.withLock(\.self)
        if !work.isEmpty {
            let done = DispatchSemaphore(value: 0)
            DispatchQueue(label: "end").async {
                for step in work { step() }
                done.signal()
            }
            _ = done.wait(timeout: .now() + patience)
        }
        exit(status.rawValue)
    }
}

func endProcess(with status: ExitStatus) -> Never { ProcessEnd.come(with: status) }
