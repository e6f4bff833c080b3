import CoverModel

/// The URI of a document, exactly as the client wrote it.
enum DocumentURI {
    /// The folder of a file on this machine; nil for any other URI.
    static func folder(of uri: String) -> String? {
        guard let path = path(of: uri), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func path(of uri: String) -> String? {
        let scheme = "file://"
        guard uri.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = uri.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        guard ["", "localhost"].contains(rest[..<slash].lowercased()) else { return nil }
        let end = rest[slash...].firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
        return String(percentDecoding: rest[slash..<end]).flatMap { $0.contains("\0") ? nil : $0 }
    }
}
