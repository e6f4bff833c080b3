import CoverModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Terminal {
    /// How long a terminal is given to answer. Nearly all do at once, however little they can.
    private static let patience = Duration.milliseconds(500)

    /// Writes a question and reads the answers up to that to `ESC [ c`, which every terminal knows: it is asked last.
    ///
    /// - Returns: nothing where nobody can be asked, or nobody answers. The settings are as before, and what was typed meanwhile
    ///   is dropped.
    package func answers(to question: String) -> [ControlSequence] {
        // Asked and read on the same descriptor, so that it is the same terminal; one in the background may not be touched.
        let flags = fcntl(descriptor, F_GETFL)
        var settings = termios()
        guard isInteractive, flags >= 0, flags & O_ACCMODE == O_RDWR, isForeground,
            unsafe tcgetattr(descriptor, &settings) == 0
        else { return [] }
        var quiet = settings
        // No echo and no waiting for a line. Control-C stays what it is.
        unsafe cfmakeraw(&quiet)
        quiet.c_lflag |= settings.c_lflag & tcflag_t(ISIG)
        quiet.c_oflag = settings.c_oflag
        guard unsafe tcsetattr(descriptor, TCSADRAIN, &quiet) == 0 else { return [] }
        defer { unsafe tcsetattr(descriptor, TCSAFLUSH, &settings) }
        return ask(question + "\u{1B}[c") ? read() : []
    }

    /// - Returns: whether the terminal has all of it.
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

// The method above hides the function of the same name.
private let systemRead = unsafe read
