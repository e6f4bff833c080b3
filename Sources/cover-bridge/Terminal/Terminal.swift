#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is known of the descriptor that the output goes to.
struct Terminal {
    let descriptor: Int32
    /// Whether a person looks at it, and cursor movements make sense there.
    let isInteractive: Bool

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1 && !["dumb", nil].contains(Environment.variable("TERM"))
    }

    static var output: Terminal { Terminal(STDOUT_FILENO) }
    static var errors: Terminal { Terminal(STDERR_FILENO) }

    /// Columns and rows now; 80 and 24 where the terminal does not say.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The width to fit lines to; nil where they go to a pipe or a file.
    var width: Int? { isInteractive ? size.columns : nil }

    func palette(_ choice: ColorChoice) -> Palette {
        let isColored =
            switch choice {
            case .always: true
            case .never: false
            case .auto: isInteractive && Environment.variable("NO_COLOR") == nil
            }
        return Palette(isColored: isColored, hasLinks: isInteractive)
    }
}

/// Where colour is wanted. `auto`: on terminals, unless `NO_COLOR` is set (https://no-color.org).
enum ColorChoice: String, CaseIterable {
    case auto, always, never
}
