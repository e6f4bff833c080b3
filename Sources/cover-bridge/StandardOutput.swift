#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output of the commands for people. `serve` has it taken away.
enum StandardOutput {
    /// Writes a text at once. Whoever stopped reading has seen enough: the process ends without a word.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe systemWrite(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { endProcess(with: .done) }
            rest = rest.dropFirst(written)
        }
    }

    static func write(lines: [String]) { write(lines.map { $0 + "\n" }.joined()) }
}

// The method above hides the function of the same name.
private let systemWrite = unsafe write
