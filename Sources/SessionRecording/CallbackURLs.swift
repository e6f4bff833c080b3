import CoverAPI
import Synchronization

/// The callback URLs that a session has shown so far. The API may repeat such a URL in any text.
final class CallbackURLs: Sendable {
    private struct Known {
        let url: String
        let redactor: KeyRedactor

        init(_ url: Substring) {
            self.url = String(url)
            redactor = KeyRedactor(secret: self.url, mask: CallbackURLs.mask)
        }
    }

    /// The text that replaces a callback URL. It is a callback URL too, so that a replay gets the same answer.
    static let mask = "https://removed.invalid/"
    /// How many URLs are remembered, with and without their queries.
    private static let most = 64

    private let known = Mutex<[Known]>([])

    /// Remembers a URL, unless it only names a host.
    func insert(_ url: String) {
        let start = url.prefix { !"?#".contains($0) }
        let hasPath = start.split(separator: "/").count > 2
        let parts = hasPath ? [url[...], start] : start.endIndex < url.endIndex ? [url[...]] : []
        known.withLock { known in
            for part in parts where part != Self.mask && !known.contains(where: { $0.url == part }) {
                known = known.suffix(Self.most - 1) + [Known(part)]
            }
        }
    }

    /// The text with the mask in place of each remembered URL, in any spelling.
    func redacted(_ text: String) -> String {
        // A long URL comes first, because a short one may be its beginning.
        known.withLock(\.self).filter { $0.url.utf8.count <= text.utf8.count }
            .sorted { $0.url.utf8.count > $1.url.utf8.count }
            .reduce(text) { $1.redactor.redacted($0) }
    }
}
