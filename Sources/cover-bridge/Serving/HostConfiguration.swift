import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The entry for this server in the configuration of an AI host, in the form that most of them share.
///
/// Hosts start servers without a shell, often in another folder and with another PATH: paths are made absolute.
struct HostConfiguration {
    private let command: String
    private let arguments: [String]

    /// - Parameter arguments: those of this process, the flag that asks for this entry among them.
    init(_ arguments: [String]) {
        let name = arguments.first ?? "cover-bridge"
        command = Self.ownPath ?? (name.contains("/") ? Self.absolute(name) : name)
        var rest: [String] = []
        var isPath = false
        for argument in arguments.dropFirst() where argument != "--print-config" {
            let option = argument.prefix { $0 != "=" }
            let takesPath = ["--api-key-file", "--ca-file", "--journal"].contains(option)
            if isPath {
                rest.append(Self.absolute(argument))
            } else if takesPath, option.endIndex != argument.endIndex {
                rest.append(option + "=" + Self.absolute(String(argument[option.endIndex...].dropFirst())))
            } else {
                rest.append(argument)
            }
            isPath = takesPath && option.endIndex == argument.endIndex
        }
        self.arguments = rest
    }

    /// JSON, laid out for people to copy from.
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

    /// The path, whole and without links where the file is there, and else relative to nothing.
    private static func absolute(_ path: String) -> String {
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
