import Jansson

/// Writes responses and notifications as bytes. The text around an id and a result never changes, so it is written by
/// hand.
enum MessageWriter {
    private static let idPrefix = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
    private static let resultPrefix = Array(#","result":"#.utf8)
    private static let errorPrefix = Array(#","error":"#.utf8)
    private static let null = Array("null".utf8)
    private static let brace = UInt8(ascii: "}")

    static func byteCount(id: Int, result: Int) -> Int {
        idPrefix.count + id + resultPrefix.count + result + 1
    }

    static func append(_ result: [UInt8], id: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: idPrefix)
        unsafe bytes.append(contentsOf: id)
        bytes.append(contentsOf: resultPrefix)
        bytes.append(contentsOf: result)
        bytes.append(brace)
    }

    static func result(_ result: [UInt8], id: [UInt8]) -> [UInt8] {
        idPrefix + id + resultPrefix + result + [brace]
    }

    /// - Parameter id: nil is written as `null`.
    static func error(_ error: RPCError, id: [UInt8]?) -> [UInt8] {
        idPrefix + (id ?? null) + errorPrefix + error.jsonBytes + [brace]
    }

    static func notification(_ method: String, _ params: some JSONEncodable) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("jsonrpc", "2.0")
            $0.member("method", method)
            $0.member("params", params)
        }
        return writer.bytes
    }
}
