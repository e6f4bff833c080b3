import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Collects one answer of at most `limit` bytes.
final class ResponseCollector: HTTPClientResponseDelegate {
    private struct State {
        var head: ExchangeHead?
        var body: [UInt8] = []
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
        state.withLock { $0.head = received }
        guard let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > limit else {
            return task.eventLoop.makeSucceededVoidFuture()
        }
        return task.eventLoop.makeFailedFuture(CoverError.oversized(limit, status: status))
    }

    func didReceiveBodyPart(task: HTTPClient.Task<ExchangeResponse>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let error: CoverError? = state.withLock { state in
            guard state.body.count + buffer.readableBytes <= limit else {
                return .oversized(limit, status: state.head?.status)
            }
            state.body.append(contentsOf: buffer.readableBytesView)
            return nil
        }
        guard let error else { return task.eventLoop.makeSucceededVoidFuture() }
        return task.eventLoop.makeFailedFuture(error)
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
