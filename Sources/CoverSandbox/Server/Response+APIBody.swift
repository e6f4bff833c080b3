import Hummingbird
import Jansson

/// The body of every answer of the API: `code`, `msg` and `data`.
struct APIBody<Payload: JSONEncodable>: JSONEncodable {
    var code: Int
    var message: String
    var data: Payload?

    func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", code)
            writer.member("msg", message)
            if let data { writer.member("data", data) }
        }
    }
}

extension Response {
    static func success(_ data: some JSONEncodable) -> Response {
        json(APIBody(code: 200, message: "success", data: data))
    }

    /// An answer with success whose second half is missing. Its `Content-Length` agrees with the shortened body.
    static func cutOff(_ data: some JSONEncodable) -> Response {
        let whole = APIBody(code: 200, message: "success", data: data).jsonBytes
        return bytes(Array(whole.prefix(whole.count / 2)), "application/json")
    }

    static func fault(_ fault: SandboxFault, _ form: SandboxFault.Form) -> Response {
        let body = APIBody<String>(code: fault.code, message: fault.message)
        var response = json(body, status: form == .body ? .ok : HTTPResponse.Status(code: fault.code))
        if fault.code == SandboxFault.rateLimited.code { response.headers[.retryAfter] = "1" }
        return response
    }

    static func json(_ value: some JSONEncodable, status: HTTPResponse.Status = .ok) -> Response {
        bytes(value.jsonBytes, "application/json", status)
    }

    static func html(_ text: String) -> Response { bytes(Array(text.utf8), "text/html") }

    static func png(_ bytes: [UInt8]) -> Response { self.bytes(bytes, "image/png") }

    private static func bytes(_ bytes: [UInt8], _ type: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
