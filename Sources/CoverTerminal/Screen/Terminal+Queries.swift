import CoverModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Terminal {
    /// How long to wait for an answer. Nearly all terminals answer at once.
    private static let patience = Duration.milliseconds(500)

    /// Writes a query and then `ESC [ c`. Reads the answers up to the answer to `ESC [ c`. Every terminal answers
    /// `ESC [ c`, so its answer shows that no more answers follow.
    ///
    /// - Returns: the answers; none if the terminal cannot be queried or does not answer. The settings of the terminal
    ///   are restored, and keys that were typed in the meantime are dropped.
    package func answers(to question: String) -> [ControlSequence] {
        // Query and answer use the same descriptor, so that they belong to the same terminal. A background job must not
        // query or change the terminal.
        let flags = fcntl(descriptor, F_GETFL)
        var settings = termios()
        guard isInteractive, flags >= 0, flags & O_ACCMODE == O_RDWR, isForeground,
            unsafe tcgetattr(descriptor, &settings) == 0
        else { return [] }
        var quiet = settings
        // This turns off echo and line mode. Control-C keeps its effect.
        unsafe cfmakeraw(&quiet)
        quiet.c_lflag |= settings.c_lflag & tcflag_t(ISIG)
        quiet.c_oflag = settings.c_oflag
        guard unsafe tcsetattr(descriptor, TCSADRAIN, &quiet) == 0 else { return [] }
        defer { unsafe tcsetattr(descriptor, TCSAFLUSH, &settings) }
        return ask(question + "\u{1B}[c") ? read() : []
    }

    /// - Returns: whether the terminal accepted the whole query.
    private func ask(_ question: String) -> Bool {
        let writer = PollingWriter(descriptor)
        var rest = Array(question.utf8)[...]
        while !rest.isEmpty {
            guard writer.isReady() || writer.waitUntilReady() else { return false }
            let written = writer.writePiece(of: rest)
            guard written >= 0 || errno == EINTR || errno == EAGAIN else { return false }
            rest = rest.dropFirst(max(0, written))
        }
        return true
    }

    private func read() -> [ControlSequence] {
        let timeline = Timeline.system
        let end = timeline.now + Self.patience
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while bytes.count < 4096 {
            let rest = (end - timeline.now).wholeMilliseconds
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard rest > 0, unsafe poll(&entry, 1, Int32(rest)) > 0 else { break }
            let count = unsafe systemRead(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
            let answers = ControlSequence.all(in: bytes)
            if answers.contains(where: { $0.isPrivate && $0.final == "c" }) { return answers }
        }
        return []
    }
}

// The method above hides the system function of the same name.
private let systemRead = unsafe read
