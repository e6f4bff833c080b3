#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is known of the descriptor that the output goes to.
package struct Terminal {
    package let descriptor: Int32
    /// Whether a person looks at it, and cursor movements make sense there.
    package let isInteractive: Bool
    /// The value of a variable of the process; nil where it is unset or empty.
    let variable: @Sendable (String) -> String?

    package init(_ descriptor: Int32, variable: @escaping @Sendable (String) -> String?) {
        self.descriptor = descriptor
        self.variable = variable
        isInteractive = isatty(descriptor) == 1 && Self.isForPeople(variable: variable)
    }

    /// Whether the variables speak of a terminal that a person looks at. Where a program builds or tests, its log is made of lines,
    /// though it may give its commands a terminal.
    package static func isForPeople(variable: (String) -> String?) -> Bool {
        guard let name = variable("TERM"), name != "dumb" else { return false }
        if let value = variable("CI"), !["0", "false", "no"].contains(value.lowercased()) { return false }
        return !["TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL"].contains { variable($0) != nil }
    }

    /// Whether the terminal is this job's to draw on and to set: one in the background leaves it to the shell.
    package var isForeground: Bool {
        let owner = tcgetpgrp(descriptor)
        // -1: it is no job's, as one that somebody else looks at.
        return owner == -1 || owner == getpgrp()
    }

    package struct Geometry {
        package var columns = 80
        package var rows = 24
        /// How many pixels a character has, where the terminal says it.
        var cell: (width: Int, height: Int)?
    }

    /// How large the window is now; 80 by 24 where the terminal does not say.
    package var geometry: Geometry {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Geometry()
        }
        var geometry = Geometry(columns: Int(size.ws_col), rows: Int(size.ws_row))
        let cell = (width: Int(size.ws_xpixel / size.ws_col), height: Int(size.ws_ypixel / size.ws_row))
        if cell.width > 0, cell.height > 0 { geometry.cell = cell }
        return geometry
    }

    package var size: (columns: Int, rows: Int) {
        let geometry = geometry
        return (geometry.columns, geometry.rows)
    }

    /// The width to fit lines to; nil where they go to a pipe or a file.
    package var width: Int? { isInteractive ? size.columns : nil }

    package func palette(_ choice: ColorChoice) -> Palette {
        let isColored =
            switch choice {
            case .always: true
            case .never: false
            case .auto: isInteractive && variable("NO_COLOR") == nil
            }
        let name = variable("TERM") ?? ""
        return Palette(isColored: isColored, hasLinks: isInteractive && !Self.linkless.contains(where: name.hasPrefix))
    }

    /// How the names of terminals begin that swallow links (OSC 8), or show them as noise.
    private static let linkless = ["linux", "vt", "ansi", "cons", "screen", "rxvt", "st-", "eterm"]
}

/// Where colour is wanted. `auto`: on terminals, unless `NO_COLOR` is set (https://no-color.org).
package enum ColorChoice: String, CaseIterable {
    case auto, always, never
}
