#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The clock that all processes of a host share. The clock counts the time since the host started, including the time
/// during which the host sleeps. The clock never jumps.
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

    /// Identifies this start of the host and the time namespace of this process; nil if the system does not report
    /// them. The clocks of two time namespaces may differ. A time that was recorded with another identifier has no
    /// meaning.
    ///
    /// - Parameter folder: the folder of the kernel's files. Tests use another folder.
    static func start(in folder: String = "/proc") -> String? {
        let descriptor = unsafe open(folder + "/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        let start = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 > 0x20 }, as: UTF8.self)
        return start.isEmpty ? nil : "\(start) \(timeNamespace(in: folder))"
    }

    /// The name of the time namespace, such as `time:[4026531834]`. The text is empty if the system has no time
    /// namespaces.
    private static func timeNamespace(in folder: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress else { return 0 }
            return unsafe readlink(folder + "/self/ns/time", start, buffer.count)
        }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
