/// Where keys may come from: a file, else the environment. A third, weaker source is ``CoverClient/use(apiKey:)``.
public struct Credentials: Sendable {
    /// The path of a file that holds the key.
    public var file: String?
    /// The key from the environment (`KIE_API_KEY`).
    public var environment: APIKey?
    /// Why what `KIE_API_KEY` holds is no key.
    package var environmentFault: KeyFault?
    /// The name of the environment's variable, as errors give it.
    package let variable: String
    /// How a user can give a key, for the error where there is none, as in `in the environment variable KIE_API_KEY`.
    public var ways: [String] = []

    public init(file: String? = nil, environment: APIKey? = nil) {
        self.init(file: file, environment: environment, variable: "KIE_API_KEY")
    }

    package init(file: String? = nil, environment: APIKey? = nil, variable: String) {
        self.file = file
        self.variable = variable
        self.environment = environment
    }

    /// Takes the key from `KIE_API_KEY` of these variables.
    public init(file: String? = nil, variables: [String: String]) {
        self.init(file: file, variable: "KIE_API_KEY", value: variables["KIE_API_KEY"] ?? "")
    }

    /// Takes the key from the value of an environment's variable; an empty one counts as none.
    package init(file: String? = nil, variable: String, value: String) {
        self.init(file: file, variable: variable)
        guard !value.isEmpty else { return }
        do throws(KeyFault) { environment = try APIKey(checking: value) } catch { environmentFault = error }
    }

    /// Whether a file or the environment is to give the key, well or badly.
    var areGiven: Bool { file != nil || environment != nil || environmentFault != nil }
}

/// Which source the key comes from.
public enum CredentialSource: String, Sendable, CaseIterable {
    case file, environment, initialize, none
}
