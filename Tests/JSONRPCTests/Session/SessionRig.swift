import JSONRPC
import TestSupport

/// A running session and its peer, for tests.
struct SessionRig {
    let handler = ScriptedSessionHandler()
    let client: LineClient
    let session: Session
    private let running: Task<SessionEnd, any Error>

    init(
        _ configuration: Session.Configuration = Session.Configuration(),
        clock: any Clock<Duration> = ManualClock(),
        capacity: Int = 65_536,
        readBytes: Int = 65_536,
        isReading: Bool = true
    ) {
        let (near, far) = InMemoryTransport.pair(capacity: capacity)
        let session = Session(transport: near, handler: handler, configuration: configuration, clock: clock)
        self.session = session
        client = LineClient(far, readBytes: readBytes, isReading: isReading)
        running = Task { try await session.run() }
    }

    /// The reason why the session ended. This waits for the end.
    var end: SessionEnd {
        get async throws { try await running.value }
    }

    func cancel() {
        running.cancel()
    }

    /// Sends these lines and ends the input. Returns all lines that the session answers.
    static func answers(
        to lines: [String],
        _ configuration: Session.Configuration = Session.Configuration()
    ) async throws -> [String] {
        let rig = SessionRig(configuration)
        for line in lines { rig.client.send(line) }
        rig.client.endInput()
        let output = await rig.client.rest()
        _ = try await rig.end
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
