#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A descriptor that takes output in pieces, each when there is room for it: no write waits where no signal reaches it.
package struct PollingWriter {
    private let descriptor: Int32
    /// How many bytes go without waiting where there is room at all.
    private let pieceLength: Int

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
        pieceLength = isatty(descriptor) == 1 ? 256 : Int(PIPE_BUF)
    }

    /// Whether a write goes at once, or fails at once.
    package func isReady(within milliseconds: Int32 = 0) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) == 1
    }

    /// Waits for the reader, however long a person has paused the terminal; the signals that end a command end it all the same.
    ///
    /// - Returns: false where somebody wants the end, and nothing moves any more.
    package func waitUntilReady() -> Bool {
        if isReady(within: 200) { return true }
        while !Signals.isEndUrgent {
            if Signals.withDefaults({ isReady(within: -1) }) { return true }
        }
        return isReady(within: 1000)
    }

    /// Writes one piece.
    ///
    /// - Returns: how much of it went; negative with `errno` where nothing did.
    package func writePiece(of bytes: ArraySlice<UInt8>) -> Int {
        let piece = bytes.prefix(pieceLength)
        return unsafe piece.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}
