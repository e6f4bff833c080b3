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
        // One thread at a time: two that both saw room could fill it, and then the second would wait.
        dropped.withLock { dropped in
            let notice = dropped > 0 ? "cover-bridge: \(dropped) log lines were dropped because nobody read them\n" : ""
            dropped = put(notice + text) ? 0 : dropped + 1
        }
    }

    /// - Returns: whether there was room. A pipe that is ready takes `PIPE_BUF` bytes, so longer texts go in pieces.
    private static func put(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return false }
            let piece = rest.prefix(Int(PIPE_BUF))
            let written = unsafe piece.withUnsafeBytes { unsafe systemWrite(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}

// The method above hides the function of the same name.
private let systemWrite = unsafe write
