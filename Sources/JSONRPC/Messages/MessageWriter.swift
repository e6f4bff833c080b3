import Jansson

/// Writes responses, requests and notifications as bytes. The text around the id and the result of a response is always
/// the same, so this code writes it without a JSON encoder.
enum MessageWriter {
    private static let idPrefix = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
    private static let resultPrefix = Array(#","result":"#.utf8)
    private static let errorPrefix = Array(#","error":"#.utf8)
    private static let null = Array("null".utf8)
    private static let brace = UInt8(ascii: "}")

    static func byteCount(id: Int, result: Int) -> Int {
        idPrefix.count + id + resultPrefix.count + result + 1
    }

    static func append(_ result: [UInt8], id: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: idPrefix)
        bytes.append(contentsOf: id)
        bytes.append(contentsOf: resultPrefix)
        bytes.append(contentsOf: result)
        bytes.append(brace)
    }

    static func result(_ result: [UInt8], id: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(byteCount(id: id.count, result: result.count))
        append(result, id: id, to: &message)
        return message
    }

    /// - Parameters:
    ///   - error: the error as JSON.
    ///   - id: nil is written as `null`.
    static func error(_ error: [UInt8], id: [UInt8]?) -> [UInt8] {
        idPrefix + (id ?? null) + errorPrefix + error + [brace]
    }

    /// - Parameter params: nil leaves the member out.
    static func request(id: Int64, _ method: String, _ params: (any JSONEncodable)?) -> [UInt8] {
        message {
            $0.member("id", id)
            $0.member("method", method)
            if let params { $0.member("params", params) }
        }
    }

    static func notification(_ method: String, _ params: some JSONEncodable) -> [UInt8] {
        message {
            $0.member("method", method)
            $0.member("params", params)
        }
    }

    /// The notification that cancels a request of this side.
    static func cancellation(of id: Int64, _ cancellation: Cancellation) -> [UInt8] {
        message {
            $0.member("method", cancellation.method)
            $0.member("params") { $0.object { $0.member(cancellation.member.description, id) } }
        }
    }

    private static func message(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("jsonrpc", "2.0")
            members(&$0)
        }
        return writer.bytes
    }
}
