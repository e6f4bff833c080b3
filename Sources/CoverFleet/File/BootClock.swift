#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The clock that all processes of a host share: the time since the host started, including its sleep. It never steps.
enum BootClock {
    static func now() -> Duration {
        #if os(Linux)
            let clock = CLOCK_BOOTTIME
        #else
            let clock = CLOCK_MONOTONIC
        #endif
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Identifies this start of the host, and the time namespace, whose clock may differ from that of others; nil if the system does not
    /// say. Times of another start have no meaning.
    ///
    /// - Parameter folder: the file system that says it; for tests.
    static func start(in folder: String = "/proc") -> String? {
        let descriptor = unsafe open(folder + "/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        let start = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 > 0x20 }, as: UTF8.self)
        return start.isEmpty ? nil : "\(start) \(timeNamespace(in: folder))"
    }

    /// As in `time:[4026531834]`; empty where the system has no time namespaces.
    private static func timeNamespace(in folder: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress else { return 0 }
            return unsafe readlink(folder + "/self/ns/time", start, buffer.count)
        }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
