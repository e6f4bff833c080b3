#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lines on the alternate screen of a terminal, which are redrawn in place. After a resize, the whole screen is
/// redrawn. When the alternate screen is closed, the terminal shows the previous screen again. A slow terminal gets the
/// rest of a frame later, and the frames in between are skipped. So the terminal always shows complete frames, but
/// possibly late.
package struct LiveScreen {
    private let terminal: Terminal
    private let writer: PollingWriter
    private var isOpen = false
    private var shown: [String] = []
    private var size = (columns: 0, rows: 0)
    private var unsent: ArraySlice<UInt8> = []
    private var settings: termios?

    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    /// The sequence that closes the alternate screen. It first clears the screen, for terminals without an alternate
    /// screen.
    private static let leave = "\u{1B}[H\u{1B}[2J\u{1B}[?1049l\u{1B}[?25h"

    package init(_ terminal: Terminal) {
        self.terminal = terminal
        writer = PollingWriter(terminal.descriptor)
    }

    private var descriptor: Int32 { terminal.descriptor }

    /// Switches to the alternate screen. This is also possible after ``close(leaving:)``.
    private mutating func open() {
        isOpen = true
        silenceKeys()
        shown = []
        size = (0, 0)
        unsent += Self.enter.utf8
    }

    /// Shows lines, if the terminal has accepted the previous frame and this job is in the foreground.
    package mutating func draw(_ lines: [String], size: (columns: Int, rows: Int)) {
        guard terminal.isForeground else { return }
        if !isOpen { open() }
        flush()
        guard unsent.isEmpty || unsent.elementsEqual(Self.enter.utf8) else { return }
        var text = ""
        if size != self.size {
            text += "\u{1B}[2J"
            (shown, self.size) = ([], size)
        }
        for (row, line) in lines.enumerated() where row >= shown.count || shown[row] != line {
            text += "\u{1B}[\(row + 1);1H\(line)\u{1B}[K"
        }
        if lines.count < shown.count { text += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
        shown = lines
        unsent += text.utf8
        flush()
    }

    /// Returns to the previous screen, if the alternate screen is in use, and writes some lines there. If a user has
    /// paused the terminal, this method waits.
    package mutating func close(leaving lines: [String] = []) {
        if isOpen { unsent += Self.leave.utf8 }
        isOpen = false
        for line in lines { unsent += (line + "\n").utf8 }
        // The settings of the terminal are restored first, because a signal may end the wait below.
        if var settings { unsafe tcsetattr(descriptor, TCSANOW, &settings) }
        settings = nil
        flush(isPatient: true)
    }

    /// Writes the bytes that the terminal accepts at once. With `isPatient`, this method waits until all bytes are
    /// written.
    private mutating func flush(isPatient: Bool = false) {
        while !unsent.isEmpty {
            guard writer.isReady() || isPatient && writer.waitUntilReady() else { return }
            let written = writer.writePiece(of: unsent)
            guard written > 0 else { return }
            unsent = unsent.dropFirst(written)
        }
    }

    /// Turns the echo off, so that keys do not appear in the table.
    private mutating func silenceKeys() {
        var current = termios()
        guard unsafe tcgetattr(descriptor, &current) == 0 else { return }
        if settings == nil { settings = current }
        current.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(descriptor, TCSANOW, &current)
    }
}
