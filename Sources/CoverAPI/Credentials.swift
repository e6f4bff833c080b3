/// Where keys may come from: a file, else the environment. A third, weaker source is ``CoverClient/use(apiKey:)``.
public struct Credentials: Sendable {
    /// The path of a file that holds the key.
    public var file: String?
    /// The key from the environment (`KIE_API_KEY`).
    public var environment: APIKey?
    /// Why what `KIE_API_KEY` holds is no key.
    package var environmentFault: KeyFault?
    /// Whether a peer may still bring a key with it.
    public var mayBeIntroduced = true

    public init(file: String? = nil, environment: APIKey? = nil) {
        self.file = file
        self.environment = environment
    }

    /// Takes the key from `KIE_API_KEY` of these variables.
    public init(file: String? = nil, variables: [String: String]) {
        let value = variables["KIE_API_KEY"] ?? ""
        self.init(file: file)
        guard !value.isEmpty else { return }
        do throws(KeyFault) { environment = try APIKey(checking: value) } catch { environmentFault = error }
    }
}

/// Which source the key comes from.
public enum CredentialSource: String, Sendable, CaseIterable {
    case file, environment, initialize, none
}
