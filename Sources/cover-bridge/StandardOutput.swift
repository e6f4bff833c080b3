#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output of the commands for people. `serve` has it taken away.
enum StandardOutput {
    /// Writes a text at once. Whoever stopped reading has seen enough: the process ends without a word. What cannot be kept for
    /// another reason, as on a full disk, is a failure.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe systemWrite(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: break
            case EAGAIN:
                // Another process that has the same pipe or terminal made it non-blocking.
                var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&entry, 1, -1)
            case EPIPE: endProcess(with: .done)
            case let code:
                let reason = unsafe String(cString: strerror(code))
                Failure(code: .failed, message: "cannot write the output: \(reason). Send it elsewhere.").exit()
            }
        }
    }

    static func write(lines: [String]) { write(lines.map { $0 + "\n" }.joined()) }
}

// The method above hides the function of the same name.
private let systemWrite = unsafe write
