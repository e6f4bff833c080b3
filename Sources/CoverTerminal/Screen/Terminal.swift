#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The terminal, pipe or file behind the output descriptor.
package struct Terminal {
    package let descriptor: Int32
    /// Whether a person reads the output, so that cursor movements make sense.
    package let isInteractive: Bool
    /// The value of an environment variable; nil if it is unset or empty.
    let variable: @Sendable (String) -> String?

    package init(_ descriptor: Int32, variable: @escaping @Sendable (String) -> String?) {
        self.descriptor = descriptor
        self.variable = variable
        isInteractive = isatty(descriptor) == 1 && Self.isForPeople(variable: variable)
    }

    /// Whether the environment describes a terminal for people. In a build or a test, the log consists of lines, even
    /// if the commands have a terminal.
    package static func isForPeople(variable: (String) -> String?) -> Bool {
        guard let name = variable("TERM"), name != "dumb" else { return false }
        if let value = variable("CI"), !["0", "false", "no"].contains(value.lowercased()) { return false }
        return !["TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL"].contains { variable($0) != nil }
    }

    /// Whether this job may draw on the terminal and change its settings. A background job must not.
    package var isForeground: Bool {
        let owner = tcgetpgrp(descriptor)
        // -1: the terminal belongs to no job, for example one that another program shows.
        return owner == -1 || owner == getpgrp()
    }

    package struct Geometry {
        package var columns = 80
        package var rows = 24
        /// The size of a character in pixels, if the terminal reports it.
        var cell: (width: Int, height: Int)?
    }

    /// The size of the window now; 80 by 24 if the terminal does not report it.
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

    /// The width to which lines are cut; nil for a pipe or a file.
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

    /// Prefixes of the names of terminals that drop links (OSC 8) or show them as noise.
    private static let linkless = ["linux", "vt", "ansi", "cons", "screen", "rxvt", "st-", "eterm"]
}

/// When to use colour. `auto` means on terminals, unless `NO_COLOR` is set (https://no-color.org).
package enum ColorChoice: String, CaseIterable {
    case auto, always, never
}
