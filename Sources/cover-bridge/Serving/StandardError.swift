import CoverTerminal
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error with writes that never block. If there is no room, lines are dropped and counted. Only the last
/// message of a command waits for a terminal that a user has paused.
enum StandardError {
    private static let dropped = Mutex(0)
    private static let writer = PollingWriter(STDERR_FILENO)
    private static let isTerminal = isatty(STDERR_FILENO) == 1

    /// Writes one or more whole lines.
    static func write(_ text: String) { write(text, isPatient: false) }

    /// Writes the last message of a command.
    static func conclude(_ text: String) { write(text, isPatient: isTerminal) }

    private static func write(_ text: String, isPatient: Bool) {
        // Only one thread writes at a time. Otherwise two threads could both see room for one line, and the second
        // write would block.
        dropped.withLock { dropped in
            let notice =
                dropped > 0 ? "cover-bridge: \(dropped) log lines were dropped because stderr was not read\n" : ""
            dropped = put(notice + EnvironmentKeys.redacting(text), isPatient) ? 0 : dropped + 1
        }
    }

    /// - Returns: whether there was room.
    private static func put(_ text: String, _ isPatient: Bool) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard writer.isReady() || isPatient && writer.waitUntilReady() else { return false }
            let written = writer.writePiece(of: rest)
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
