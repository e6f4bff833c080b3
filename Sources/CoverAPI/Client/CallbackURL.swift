import CoverModel

/// The URL where the API announces the end of a task. The rules are looser than those of ``WebAddress``, because the
/// API itself opens this URL: a user in it, or a host that is not ASCII, is allowed.
public enum CallbackURL {
    /// Whether the text is an absolute http or https URL. The API finds out whether it can be reached.
    public static func isValid(_ text: String) -> Bool {
        guard let (scheme, rest) = text.splitAtScheme, ["http", "https"].contains(scheme.lowercased()) else {
            return false
        }
        guard let first = rest.first, !"/?#:@".contains(first) else { return false }
        return rest.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.properties.generalCategory != .control
        }
    }

    /// - Throws: `badRequest` without the text, which may contain a secret.
    static func check(_ text: String) throws(CoverError) {
        guard isValid(text) else {
            throw CoverError(.badRequest, "A callback URL is absolute, with http or https, as in https://host/path.")
        }
    }
}
