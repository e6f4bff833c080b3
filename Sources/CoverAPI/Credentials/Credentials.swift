/// The sources of a key: a file, or else the environment. ``CoverClient/use(apiKey:)`` is a third, weaker source.
public struct Credentials: Sendable {
    /// The path of the file that contains the key.
    public var file: String?
    /// The key from the environment (`KIE_API_KEY`).
    public var environment: APIKey?
    /// Why the value of `KIE_API_KEY` is no key; nil if it is one or is empty.
    package var environmentFault: KeyFault?
    /// The name of the environment variable, for errors.
    package let variable: String
    /// How a user can give a key, for the error when there is none. Example: `in the environment variable KIE_API_KEY`.
    public var ways: [String] = []

    /// - Parameters:
    ///   - file: the path of the file that contains the key.
    ///   - environment: the key from the environment.
    public init(file: String? = nil, environment: APIKey? = nil) {
        self.init(file: file, environment: environment, variable: "KIE_API_KEY")
    }

    package init(file: String? = nil, environment: APIKey? = nil, variable: String) {
        self.file = file
        self.variable = variable
        self.environment = environment
    }

    /// Reads the key from `KIE_API_KEY` among these variables.
    ///
    /// - Parameters:
    ///   - file: the path of the file that contains the key.
    ///   - variables: the environment.
    public init(file: String? = nil, variables: [String: String]) {
        self.init(file: file, variable: "KIE_API_KEY", value: variables["KIE_API_KEY"] ?? "")
    }

    /// Reads the key from the value of an environment variable. An empty value counts as none.
    package init(file: String? = nil, variable: String, value: String) {
        self.init(file: file, variable: variable)
        guard !value.isEmpty else { return }
        do throws(KeyFault) { environment = try APIKey(checking: value) } catch { environmentFault = error }
    }

    /// Whether a file or the environment is set, even if the key is not valid.
    var areGiven: Bool { file != nil || environment != nil || environmentFault != nil }
}

/// The source of the key.
public enum CredentialSource: String, Sendable, CaseIterable {
    case file, environment, initialize, none
}
