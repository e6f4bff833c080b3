import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error that never blocks: what nobody reads is dropped and counted.
enum StandardError {
    private static let dropped = Mutex(0)

    /// Writes a text of one or more whole lines.
    static func write(_ text: String) {
        let missed = dropped.withLock { dropped in
            defer { dropped = 0 }
            return dropped
        }
        let notice = missed > 0 ? "cover-bridge: \(missed) log lines were dropped because nobody read them\n" : ""
        if !put(notice + text) { dropped.withLock { $0 += missed + 1 } }
    }

    /// - Returns: whether there was room. A pipe that is ready takes `PIPE_BUF` bytes, so longer texts go in pieces.
    private static func put(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return false }
            let piece = rest.prefix(Int(PIPE_BUF))
            let written = unsafe piece.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
