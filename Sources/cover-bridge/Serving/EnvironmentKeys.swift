import CoverAPI

/// The keys of the environment. A user may type such a key in a wrong place, such as the name of a command.
enum EnvironmentKeys {
    private static let keys = ["KIE_API_KEY", "KIE_WEBHOOK_KEY"].compactMap {
        Environment.variable($0).flatMap(APIKey.init)
    }

    /// The text without these keys.
    static func redacting(_ text: String) -> String { keys.reduce(text) { $1.redacting($0) } }
}
