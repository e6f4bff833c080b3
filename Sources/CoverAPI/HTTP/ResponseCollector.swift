import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOHTTP1
import Synchronization

/// Collects one answer of at most `limit` bytes.
final class ResponseCollector: HTTPClientResponseDelegate {
    private struct State {
        var head: ExchangeHead?
        var body: [UInt8] = []
        var unpacker: Unpacker?

        mutating func begin(_ head: ExchangeHead) throws(CoverError) {
            self.head = head
            unpacker = try .undoing(head)
        }

        mutating func take(_ buffer: ByteBuffer, limit: Int) throws(CoverError) {
            guard let unpacker else { return try append(buffer.readableBytesView, limit) }
            unpacker.take(Array(buffer.readableBytesView))
            while let piece = try unpacker.next() { try append(piece, limit) }
        }

        private mutating func append(_ bytes: some Collection<UInt8>, _ limit: Int) throws(CoverError) {
            guard body.count + bytes.count <= limit else { throw .oversized(limit, status: head?.status) }
            body.append(contentsOf: bytes)
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    var hasHead: Bool { state.withLock { $0.head != nil } }

    func didReceiveHead(task: HTTPClient.Task<ExchangeResponse>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let status = Int(head.status.code)
        let received = ExchangeHead(status: status, headers: head.headers.map { (name: $0.name, value: $0.value) })
        do throws(CoverError) {
            try state.withLock { state throws(CoverError) in try state.begin(received) }
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
        guard let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > limit else {
            return task.eventLoop.makeSucceededVoidFuture()
        }
        return task.eventLoop.makeFailedFuture(CoverError.oversized(limit, status: status))
    }

    func didReceiveBodyPart(task: HTTPClient.Task<ExchangeResponse>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        do throws(CoverError) {
            try state.withLock { state throws(CoverError) in try state.take(buffer, limit: limit) }
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<ExchangeResponse>) throws -> ExchangeResponse {
        try state.withLock { state in
            guard let head = state.head else {
                throw CoverError(.malformedResponse, "The API closed the connection without an answer.")
            }
            return ExchangeResponse(head: head, body: state.body)
        }
    }
}
