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
        var isPath = false
        for argument in arguments.dropFirst() where argument != "--print-config" {
            let option = argument.prefix { $0 != "=" }
            let takesPath = ["--api-key-file", "--ca-file", "--journal", "--fleet"].contains(option)
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

    /// The absolute path. If the file exists, symbolic links in the path are resolved.
    private static func absolute(_ path: String) -> String {
        // The address of a fleet's store has the scheme `file:`, and stays unchanged.
        if path.hasPrefix("file:") { return path }
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
