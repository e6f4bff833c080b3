import Jansson

/// Gathers image URLs out of whatever the API wraps them in: lists, objects, JSON in strings, one string.
struct ImageCollector {
    private(set) var images: [String] = []
    private(set) var warnings = WarningList()
    /// By their bytes: `String` holds some addresses for the same that are not.
    private var seen: Set<[UInt8]> = []

    /// Whether something stood where an image is expected, and none of it can be fetched.
    var hasRefusedAll: Bool { images.isEmpty && !warnings.list.isEmpty }

    /// Members under which a list of images, or one image, has been seen; names in lower case, without underscores.
    private static let listNames = ["images", "imageurls", "resulturls", "urls", "imageurl", "image", "url", "data"]

    mutating func collect(_ value: JSONValue, depth: Int) {
        // JSON in strings could nest beyond the depth that parsing allows.
        guard depth < 8 else { return warnings.add("unreadableImages", "The images lie too deep.") }
        let value = value.unwrapped
        switch value.kind {
        case .null: break
        case .string: add(value.string ?? "")
        case .array: for element in value.elements ?? [] { collect(element, depth: depth + 1) }
        case .object:
            guard let fields = LenientObject(value) else { return }
            for name in Self.listNames {
                if let part = fields[name] { return collect(part, depth: depth + 1) }
            }
            if value.count > 0, !images.isEmpty || depth > 0 {
                warnings.add("unreadableImages", "An image is an object without a URL.")
            }
        case .integer, .real, .bool:
            warnings.add("unreadableImages", "An image is no text: \(value.excerpt).")
        }
    }

    private mutating func add(_ text: String) {
        let url = String(Substring(text).trimmed)
        guard !url.isEmpty, !seen.contains(Array(url.utf8)) else { return }
        let address: WebAddress
        do throws(WebAddress.Fault) { address = try WebAddress(parsing: url) } catch {
            let scheme = error == .scheme ? ": \(Self.schemeOnly(url))" : ""
            return warnings.add("droppedImage", "An image's URL \(error.words)\(scheme).")
        }
        guard address.isConfidential else {
            return warnings.add("droppedImage", "An image's URL is plain http.")
        }
        seen.insert(Array(url.utf8))
        images.append(url)
    }

    /// No more of a URL than its scheme: the rest may carry a signature.
    private static func schemeOnly(_ url: String) -> String {
        let scheme = url.prefix { $0.isASCII && ($0.isLetter || $0 == "+" || $0 == "-" || $0 == ".") }
        return url.dropFirst(scheme.count).first == ":" ? "\(scheme.presentable(upTo: 20)):…" : "no scheme"
    }
}
