import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A signal between processes that uses SQLite's log. A process rings by setting the times of the log, and each process
/// that watches the log then calls a function. Several rings may cause only one call.
///
/// A write to the log cannot be the signal, because SQLite writes the log before it commits. The commit happens later,
/// in shared memory.
final class LogWatch: Sendable {
    private let source: Mutex<Source?>

    private struct Source: @unchecked Sendable {
        // This type is unchecked, because Dispatch's protocol is not Sendable. The type is safe, because any thread may
        // use a source.
        let source: any DispatchSourceRead
    }

    /// The result is nil if the system has no inotify. Only Linux has it.
    init?(_ path: String, onRing: @escaping @Sendable () -> Void) {
        #if os(Linux)
            let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
            guard descriptor >= 0 else { return nil }
            guard unsafe inotify_add_watch(descriptor, path, UInt32(IN_ATTRIB)) >= 0 else {
                close(descriptor)
                return nil
            }
            let source = DispatchSource.makeReadSource(
                fileDescriptor: descriptor,
                queue: DispatchQueue(label: "fleet announcements")
            )
            source.setEventHandler {
                Self.drain(descriptor)
                onRing()
            }
            source.setCancelHandler { close(descriptor) }
            source.activate()
            self.source = Mutex(Source(source: source))
        #else
            return nil
        #endif
    }

    deinit { cancel() }

    /// Rings by setting the times of the log, which SQLite ignores. If this fails, the other processes notice the
    /// change at their next heartbeat.
    static func ring(_ path: String) { _ = unsafe utimensat(AT_FDCWD, path, nil, 0) }

    func cancel() {
        source.withLock { source in
            source?.source.cancel()
            source = nil
        }
    }

    private static func drain(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while unsafe read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
