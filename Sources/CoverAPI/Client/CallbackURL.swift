import CoverModel

/// Where the API may be told to announce the end of a task. Looser than ``WebAddress``: it is the API that goes there, so that a user
/// in it or a host that is not ASCII is no affair of ours.
public enum CallbackURL {
    /// An absolute http or https URL. Whether it can be reached is the API's to find out.
    public static func isValid(_ text: String) -> Bool {
        guard let (scheme, rest) = text.splitAtScheme, ["http", "https"].contains(scheme.lowercased()) else {
            return false
        }
        guard let first = rest.first, !"/?#:@".contains(first) else { return false }
        return rest.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.properties.generalCategory != .control
        }
    }

    /// - Throws: `badRequest`, without the text: it may hold a secret.
    static func check(_ text: String) throws(CoverError) {
        guard isValid(text) else {
            throw CoverError(.badRequest, "A callback URL is absolute, with http or https, as in https://host/path.")
        }
    }
}
