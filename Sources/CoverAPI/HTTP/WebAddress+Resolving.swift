extension WebAddress {
    /// The absolute form of a reference, such as a `Location` (RFC 3986 §5.2 and §5.3), without the fragment.
    func resolve(_ reference: String) -> String {
        let reference = reference.prefix { $0 != "#" }
        if Self.hasScheme(reference) { return String(reference) }
        if reference.hasPrefix("//") { return scheme + ":" + reference }
        let base = Self.parts(path[...])
        let target = Self.parts(reference)
        if target.path.isEmpty { return origin + base.path + (target.query.isEmpty ? base.query : target.query) }
        let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? "/"
        let whole = (target.path.hasPrefix("/") ? "" : folder) + target.path
        return origin + Self.withoutDots(String(whole)) + target.query
    }

    private static func hasScheme(_ reference: Substring) -> Bool {
        let scheme = reference.prefix { $0 != ":" && $0 != "/" && $0 != "?" }
        guard scheme.endIndex < reference.endIndex, reference[scheme.endIndex] == ":", let first = scheme.first
        else { return false }
        return first.isASCII && first.isLetter
            && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// The path, and the query with its question mark.
    private static func parts(_ text: Substring) -> (path: Substring, query: Substring) {
        let path = text.prefix { $0 != "?" }
        return (path, text[path.endIndex...])
    }

    /// Removes the segments `.` and `..` from a path that starts with a slash (RFC 3986 §5.2.4).
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for segment in segments where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        if let last = segments.last, last == "." || last == ".." { kept.append("") }
        return "/" + kept.joined(separator: "/")
    }
}

extension WebAddress {
    /// Whether the host, judged by its text alone, is this machine or in a private network.
    var isLocal: Bool {
        let name = host.hasSuffix(".") ? host.dropLast() : host[...]
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        if let address = IPAddress(name) { return address.isLocal }
        // The system reads a name that ends in a number as an address, in forms that are hard to recognise: 127.1,
        // 0x7f000001.
        guard let end = name.split(separator: ".", omittingEmptySubsequences: false).last?.utf8 else { return true }
        return end.allSatisfy { 0x30...0x39 ~= $0 } || end.starts(with: "0x".utf8)
    }

    var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }
}
