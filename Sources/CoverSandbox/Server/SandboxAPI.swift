import Hummingbird
import Jansson
import ServiceLifecycle
import Synchronization

/// The pretend API. Its methods do the work of the routes.
final class SandboxAPI: Sendable {
    private let ledger = Mutex(SandboxLedger())
    private let boundPort: Atomic<Int>
    private let clock: SandboxClock
    private let callbacks: CallbackSender

    /// The longest accepted id, in bytes of UTF-8. It leaves room for any id that a client may send.
    private static let longestTaskID = 4096

    /// - Parameter port: the port in the addresses of images, until ``bound(to:)`` sets the real one.
    init(clock: SandboxClock, port: Int, callbacks: CallbackSender) {
        self.clock = clock
        self.callbacks = callbacks
        boundPort = Atomic(port)
    }

    func bound(to port: Int) { boundPort.store(port, ordering: .relaxed) }

    var router: Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: FaultResponses())
        router.group("api/v1").add(middleware: BearerCheck())
            .get("suno/cover/record-info") { request, _ in
                try await self.record(request) { $0 }
            }
            .post("suno/cover/generate") { request, _ in try await self.generate(request) }
            .get("jobs/recordInfo") { request, _ in try await self.record(request, as: MarketDocument.init) }
            .get("chat/credit") { _, _ in Response.success(247.5) }
        router.get("images/:file") { request, context in try self.image(context.parameters.require("file"), request) }
        router.get("sandbox/stats") { _, _ in Response.json(self.ledger.withLock { $0.statistics }) }
        return router
    }

    private func record(
        _ request: Request,
        as shape: (SandboxDocument) -> some JSONEncodable
    ) async throws -> Response {
        let taskID = try Self.checked(request.queryValue("taskId"))
        let (now, wallTime) = (clock.now(), clock.wallTime())
        let (answer, created, cover) = ledger.withLock { ledger in
            let (answer, created) = ledger.query(taskID, now: now, wallTime: wallTime)
            return (answer, created, ledger.cover(taskID))
        }
        var document = SandboxDocument(
            taskID: taskID,
            parentTaskID: cover?.musicTaskID ?? "music-" + StableHash.text(taskID),
            callbackURL: cover?.callbackURL ?? "https://example.com/callback",
            created: created,
            record: .generating,
            port: boundPort.load(ordering: .relaxed)
        )
        switch answer {
        case .record(let record, let delay):
            if delay > .zero { try await pause(delay) }
            document.record = record
            return .success(shape(document))
        case .fault(let fault, let form):
            return .fault(fault, form)
        case .garbage:
            return .html("<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>")
        case .cutoff:
            return .cutOff(shape(document))
        }
    }

    /// Sleeps for a time. The sleep ends early if the server ends.
    private func pause(_ delay: Duration) async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.clock.sleep(delay) }
        } catch is CancellationError {
            throw SandboxFault(503, "The sandbox is shutting down")
        }
    }

    private func generate(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        guard let order = try? JSONValue(parsing: Array(buffer: body)) else {
            throw SandboxFault(400, "The request body is not valid JSON")
        }
        let musicTaskID = try Self.checked(order["taskId"]?.string)
        guard let callbackURL = order["callBackUrl"]?.string, !callbackURL.isEmpty else {
            throw SandboxFault(422, "callBackUrl cannot be empty")
        }
        let cover = SandboxLedger.Cover(musicTaskID: musicTaskID, callbackURL: callbackURL)
        let (now, wallTime) = (clock.now(), clock.wallTime())
        let (taskID, isNew) = ledger.withLock { $0.order(cover, now: now, wallTime: wallTime) }
        if isNew { announce(cover) }
        return isNew
            ? .success(OrderReceipt(taskID: taskID))
            : .json(APIBody(code: 400, message: "The cover record already exists", data: OrderReceipt(taskID: taskID)))
    }

    /// Schedules the callback that the order of a cover asks for.
    private func announce(_ cover: SandboxLedger.Cover) {
        let order = CoverOrder(musicTaskID: cover.musicTaskID)
        guard let delay = order.sentAfter else { return }
        let hasFailed = SandboxScenario(taskID: order.taskID).kind == .fail
        let images = (1...2).map {
            SandboxImage(taskID: order.taskID, index: $0).address(port: boundPort.load(ordering: .relaxed))
        }
        let callback = Callback(
            taskID: order.taskID,
            images: hasFailed ? nil : images,
            address: cover.callbackURL,
            announcement: order.announcement
        )
        callbacks.send(callback, after: delay)
    }

    /// Serves an image. Requests without `User-Agent` are refused, as on real hosts of images.
    private func image(_ fileName: String, _ request: Request) throws -> Response {
        guard let agent = request.headers[.userAgent], !agent.isEmpty else { throw SandboxFault(403, "Forbidden") }
        guard let image = SandboxImage(fileName: fileName) else { throw SandboxFault(404, "Not found") }
        return .png(image.png)
    }

    private static func checked(_ taskID: String?) throws -> String {
        guard let taskID, !taskID.isEmpty else { throw SandboxFault(422, "taskId cannot be empty") }
        guard taskID.utf8.count <= longestTaskID else { throw SandboxFault(422, "taskId is too long") }
        return taskID
    }
}

private struct OrderReceipt: JSONEncodable {
    let taskID: String

    func encode(to writer: inout JSONWriter) {
        writer.object { $0.member("taskId", taskID) }
    }
}

extension Request {
    /// The value of a query parameter. It is decoded like a form, so a `+` means a space.
    fileprivate func queryValue(_ name: String) -> String? {
        for pair in (uri.query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
            return PercentCoding.decode(pair.dropFirst(name.count + 1), plusIsSpace: true)
        }
        return nil
    }
}
