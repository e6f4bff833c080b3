#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes to a descriptor in pieces. A piece is written only when there is room for it. So no write blocks where
/// signals cannot interrupt it.
package struct PollingWriter {
    private let descriptor: Int32
    /// The number of bytes that can be written without blocking, if the descriptor has room.
    private let pieceLength: Int

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
        pieceLength = isatty(descriptor) == 1 ? 256 : Int(PIPE_BUF)
    }

    /// Whether a write would succeed or fail at once.
    package func isReady(within milliseconds: Int32 = 0) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) == 1
    }

    /// Waits until the descriptor has room, even if a user has paused the terminal. Signals that end a command still
    /// end it during this wait.
    ///
    /// - Returns: false if the command must end and the terminal accepts nothing more.
    package func waitUntilReady() -> Bool {
        if isReady(within: 200) { return true }
        while !Signals.isEndUrgent {
            if Signals.withDefaults({ isReady(within: -1) }) { return true }
        }
        return isReady(within: 1000)
    }

    /// Writes one piece.
    ///
    /// - Returns: how many bytes were written; negative, with `errno`, if none was.
    package func writePiece(of bytes: ArraySlice<UInt8>) -> Int {
        let piece = bytes.prefix(pieceLength)
        return unsafe piece.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}
