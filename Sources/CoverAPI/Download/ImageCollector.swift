import CoverModel
import Jansson

/// Collects image URLs from every form that the API uses: lists, objects, JSON in strings, or one string.
struct ImageCollector {
    private(set) var images: [String] = []
    private(set) var warnings = WarningList()
    /// The URLs so far, compared by bytes, because `String` treats some different URLs as equal.
    private var seen: Set<[UInt8]> = []

    private var hasRefused = false

    /// Whether there were URLs, but none of them may be fetched. Other values in the place of an image do not count,
    /// because a later record may have a URL there.
    var hasRefusedAll: Bool { images.isEmpty && hasRefused }

    /// Member names under which images have been seen, in lower case and without underscores.
    private static let listNames = ["images", "imageurls", "resulturls", "urls", "imageurl", "image", "url", "data"]

    mutating func collect(_ value: JSONValue, depth: Int) {
        // JSON in strings could nest deeper than the parser allows.
        guard depth < 8 else { return warnings.add("unreadableImages", "The images lie too deep.") }
        let value = value.unwrapped
        if value.isEmptyRecord { return }
        switch value.kind {
        case .null: break
        case .string: for url in Self.urls(in: value.string ?? "") { add(url) }
        case .array: for element in value.elements ?? [] { collect(element, depth: depth + 1) }
        case .object:
            guard let fields = LenientObject(value) else { return }
            for name in Self.listNames {
                if let part = fields[name] { return collect(part, depth: depth + 1) }
            }
            let numbered = (value.members ?? []).filter {
                !$0.name.isEmpty && $0.name.utf8.allSatisfy { 0x30...0x39 ~= $0 }
            }
            if !numbered.isEmpty {
                for (_, element) in numbered { collect(element, depth: depth + 1) }
            } else if value.count > 0, !images.isEmpty || depth > 0 {
                warnings.add("unreadableImages", "An image is an object without a URL.")
            }
        case .integer, .real, .bool:
            warnings.add("unreadableImages", "An image is no text: \(value.excerpt).")
        }
    }

    /// The URLs of a text. A comma is part of a URL, unless another URL begins behind it.
    private static func urls(in text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).reduce(into: []) { urls, part in
            if let last = urls.indices.last, !String(part.trimmed).isURL {
                urls[last] += "," + part
            } else {
                urls.append(String(part))
            }
        }
    }

    private mutating func add(_ text: String) {
        let url = String(Substring(text).trimmed)
        guard !url.isEmpty, !seen.contains(Array(url.utf8)) else { return }
        let address: WebAddress
        do throws(WebAddress.Fault) { address = try WebAddress(parsing: url) } catch {
            if url.hasScheme { hasRefused = true }
            let scheme = error == .scheme ? ": \(Self.schemeOnly(url))" : ""
            return warnings.add("droppedImage", "An image's URL \(error.words)\(scheme).")
        }
        guard address.isConfidential else {
            hasRefused = true
            return warnings.add("droppedImage", "An image's URL is plain http.")
        }
        seen.insert(Array(url.utf8))
        images.append(url)
    }

    /// Only the scheme of a URL, because the rest may contain a signature.
    private static func schemeOnly(_ url: String) -> String {
        url.hasScheme ? "\(url.prefix { $0 != ":" }.presentable(upTo: 20)):…" : "no scheme"
    }
}

extension String {
    /// Whether the text begins like a URL, with a name and a colon.
    fileprivate var hasScheme: Bool {
        let scheme = prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "-" || $0 == ".") }
        return scheme.first?.isLetter == true && dropFirst(scheme.count).first == ":"
    }
}
