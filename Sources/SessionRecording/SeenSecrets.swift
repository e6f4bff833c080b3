import CoverAPI
import Synchronization

/// The callback URLs and the keys that a session has shown so far. The API and the peer may repeat them in any text.
///
/// The bridge knows a key of the peer only after it has handled `initialize`. A recording must know it earlier, because
/// the next line may repeat it.
final class SeenSecrets: Sendable {
    private struct Known {
        let text: String
        let redactor: KeyRedactor

        init(_ text: Substring, mask: String) {
            self.text = String(text)
            redactor = KeyRedactor(secret: self.text, mask: mask)
        }
    }

    /// The text that replaces a callback URL. It is a callback URL too, so that a replay gets the same answer.
    static let urlMask = "https://removed.invalid/"
    private static let keyMask = "[key]"
    /// How many secrets are remembered. A URL counts twice, with and without its query.
    private static let most = 64
    /// The size in bytes of the longest key.
    private static let longestKey = 4096

    private let known = Mutex<[Known]>([])

    /// Remembers a URL, unless it only names a host.
    func insert(url: String) {
        let start = url.prefix { !"?#".contains($0) }
        let hasPath = start.split(separator: "/").count > 2
        let parts = hasPath ? [url[...], start] : start.endIndex < url.endIndex ? [url[...]] : []
        for part in parts where part != Self.urlMask { insert(part, Self.urlMask) }
    }

    /// Remembers a key, or a text that is refused as a key.
    func insert(key pasted: String) {
        let key = (try? APIKey.text(in: pasted)) ?? pasted[...]
        if key.utf8.count <= Self.longestKey { insert(key, Self.keyMask) }
    }

    private func insert(_ text: Substring, _ mask: String) {
        known.withLock { known in
            if known.contains(where: { $0.text == text }) { return }
            known = known.suffix(Self.most - 1) + [Known(text, mask: mask)]
        }
    }

    /// The text with a mask in place of each remembered secret, in any spelling.
    func redacted(_ text: String) -> String {
        // A long URL comes first, because a short one may be its beginning.
        known.withLock(\.self).filter { $0.text.utf8.count <= text.utf8.count }
            .sorted { $0.text.utf8.count > $1.text.utf8.count }
            .reduce(text) { $1.redactor.redacted($0) }
    }
}
