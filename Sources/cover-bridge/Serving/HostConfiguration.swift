import CoverFleet
import CoverModel
import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The entry for this server in the configuration of an AI host. Most hosts use this format.
///
/// Paths in the entry are absolute, because hosts start servers without a shell, often in another folder and with
/// another PATH.
struct HostConfiguration {
    private let command: String
    private let arguments: [String]

    /// - Parameter arguments: the arguments of this process, including the flag that asks for this entry.
    init(_ arguments: [String]) {
        let name = arguments.first ?? "cover-bridge"
        command = Self.ownPath ?? (name.contains("/") ? Self.absolute(name) : name)
        var rest: [String] = []
        var whole: ((String) -> String)?
        for argument in arguments.dropFirst() where argument != "--print-config" {
            let option = argument.prefix { $0 != "=" }
            let wholeValue = Self.wholeValue(of: option)
            let isAlone = option.endIndex == argument.endIndex
            if let whole {
                rest.append(whole(argument))
            } else if let wholeValue, !isAlone {
                rest.append(option + "=" + wholeValue(String(argument[option.endIndex...].dropFirst())))
            } else {
                rest.append(argument)
            }
            whole = whole == nil && isAlone ? wholeValue : nil
        }
        self.arguments = rest
    }

    /// The JSON, formatted for copying.
    var text: String {
        """
        {
          "mcpServers": {
            "cover-bridge": {
              "command": \(command.jsonText),
              "args": \(arguments.jsonText)
            }
          }
        }

        """
    }

    private static var ownPath: String? { resolved("/proc/self/exe") }

    /// How the value of an option becomes absolute; nil if the value is no path.
    private static func wholeValue(of option: Substring) -> ((String) -> String)? {
        switch option {
        case "--fleet": wholeStore
        case "--journal": absolute
        case _ where option.hasPrefix("--") && option.hasSuffix("-file"): absolute
        default: nil
        }
    }

    /// The address of a fleet's store, which may be a file. The options have been checked before.
    private static func wholeStore(_ text: String) -> String {
        let address = try? FleetAddress(parsing: text, isPublic: true)
        return if case .file? = address { address?.text ?? text } else { text }
    }

    /// The absolute path. If the file exists, symbolic links in the path are resolved.
    private static func absolute(_ text: String) -> String {
        // The options have been checked before, so a path that cannot be expanded does not come here.
        let path = (try? HomePath.expanded(text)) ?? text
        if let whole = resolved(path) { return whole }
        guard !path.hasPrefix("/"), let here = resolved(".") else { return path }
        return (here == "/" ? "" : here) + "/" + path
    }

    private static func resolved(_ path: String) -> String? {
        guard let name = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(name) }
        return unsafe String(cString: name)
    }
}
