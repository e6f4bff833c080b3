import Hummingbird
import HummingbirdTesting
import Jansson
import NIOCore
import Testing

@testable import CoverSandbox

extension TestClientProtocol {
    /// Sends a GET request with a key and a `User-Agent`.
    func get(_ uri: String) async throws -> TestResponse {
        try await execute(uri: uri, method: .get, headers: [.authorization: "Bearer key", .userAgent: "test"])
    }

    func record(_ taskID: String) async throws -> TestResponse {
        try await get("/api/v1/suno/cover/record-info?taskId=" + PercentCoding.encode(taskID))
    }

    func generate(_ body: String) async throws -> TestResponse {
        try await execute(
            uri: "/api/v1/suno/cover/generate",
            method: .post,
            headers: [.authorization: "Bearer key", .contentType: "application/json"],
            body: ByteBuffer(string: body)
        )
    }

    func stats() async throws -> JSONValue {
        try await execute(uri: "/sandbox/stats", method: .get).json(200)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// Checks the HTTP status, and returns the body as JSON.
    func json(_ status: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        #expect(self.status.code == status, sourceLocation: sourceLocation)
        return try JSONValue(parsing: Array(buffer: body))
    }
}
