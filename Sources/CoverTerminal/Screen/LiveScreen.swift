#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lines on the terminal's second screen, redrawn in place. A resize costs one whole redraw, and leaving brings back what was
/// there before. What a slow terminal does not take is kept, and frames that come meanwhile are left out: it always shows a
/// whole frame, and a late one rather than none.
package struct LiveScreen {
    private let terminal: Terminal
    private let writer: PollingWriter
    private var isOpen = false
    private var shown: [String] = []
    private var size = (columns: 0, rows: 0)
    private var unsent: ArraySlice<UInt8> = []
    private var settings: termios?

    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    /// Clears first, for terminals without a second screen.
    private static let leave = "\u{1B}[H\u{1B}[2J\u{1B}[?1049l\u{1B}[?25h"

    package init(_ terminal: Terminal) {
        self.terminal = terminal
        writer = PollingWriter(terminal.descriptor)
    }

    private var descriptor: Int32 { terminal.descriptor }

    /// Takes the screen, also after it was given back.
    private mutating func open() {
        isOpen = true
        silenceKeys()
        shown = []
        size = (0, 0)
        unsent += Self.enter.utf8
    }

    /// Shows lines, if the terminal has taken the frame before, and if it is ours.
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

    /// Gives the screen back, if it was taken, and leaves some lines on the one that was there before. A terminal that is paused
    /// is waited for.
    package mutating func close(leaving lines: [String] = []) {
        if isOpen { unsent += Self.leave.utf8 }
        isOpen = false
        for line in lines { unsent += (line + "\n").utf8 }
        // First, for whatever ends the wait.
        if var settings { unsafe tcsetattr(descriptor, TCSANOW, &settings) }
        settings = nil
        flush(isPatient: true)
    }

    /// Writes what the terminal takes at once, or all.
    private mutating func flush(isPatient: Bool = false) {
        while !unsent.isEmpty {
            guard writer.isReady() || isPatient && writer.waitUntilReady() else { return }
            let written = writer.writePiece(of: unsent)
            guard written > 0 else { return }
            unsent = unsent.dropFirst(written)
        }
    }

    /// Keys that are pressed must not appear in the table.
    private mutating func silenceKeys() {
        var current = termios()
        guard unsafe tcgetattr(descriptor, &current) == 0 else { return }
        if settings == nil { settings = current }
        current.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(descriptor, TCSANOW, &current)
    }
}
