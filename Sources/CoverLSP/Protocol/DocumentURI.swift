import CoverModel
import Jansson

/// The URI of a document as the client wrote it. Two URIs are equal if their bytes are equal. `String` could treat the
/// URIs of two files as equal, because it treats two spellings of the é in "café" as equal.
struct DocumentURI: Hashable, Sendable, JSONEncodable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func encode(to writer: inout JSONWriter) { text.encode(to: &writer) }

    /// The folder of a file on this machine; nil for any other URI.
    var folder: String? {
        guard let path, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private var path: String? {
        let (scheme, uri) = ("file://", text)
        guard uri.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = uri.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        guard ["", "localhost"].contains(rest[..<slash].lowercased()) else { return nil }
        let end = rest[slash...].firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
        return String(percentDecoding: rest[slash..<end]).flatMap { $0.contains("\0") ? nil : $0 }
    }
}
