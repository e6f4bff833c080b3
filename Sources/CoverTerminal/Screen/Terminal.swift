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
    /// Whether the output is a terminal that a person reads, so that the command may move the cursor.
    package let isInteractive: Bool
    /// The value of an environment variable; nil if it is unset or empty.
    let variable: @Sendable (String) -> String?

    package init(_ descriptor: Int32, variable: @escaping @Sendable (String) -> String?) {
        self.descriptor = descriptor
        self.variable = variable
        isInteractive = isatty(descriptor) == 1 && Self.isForPeople(variable: variable)
    }

    /// Whether the environment describes a terminal that a person uses. A build server or a test may give commands a
    /// terminal, but records their output as lines of a log.
    package static func isForPeople(variable: (String) -> String?) -> Bool {
        guard let name = variable("TERM"), name != "dumb" else { return false }
        if let value = variable("CI"), !["0", "false", "no"].contains(value.lowercased()) { return false }
        return !["TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL"].contains { variable($0) != nil }
    }

    /// Whether this job may draw on the terminal and change its settings. A background job must not.
    package var isForeground: Bool {
        let owner = tcgetpgrp(descriptor)
        // The value -1 means that the terminal belongs to no job. An example is a terminal that another program shows.
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

    /// Prefixes of the names of terminals that do not support links (OSC 8). Some of them show the codes of a link as
    /// text.
    private static let linkless = ["linux", "vt", "ansi", "cons", "screen", "rxvt", "st-", "eterm"]
}

/// When to use colour. `auto` means that colour is used on terminals, unless `NO_COLOR` is set (https://no-color.org).
package enum ColorChoice: String, CaseIterable {
    case auto, always, never
}
