import CoverModel
package import CoverService
package import CoverWatch
import Dispatch
package import JSONRPC
package import Jansson
import Synchronization

/// Replays a recording. The runner sends the recorded messages of the peer, at the recorded times, to a bridge in this
/// process.
package struct ReplayRunner {
    private let transcript: Transcript
    private let rewriter: DownloadDirectoryRewriter
    private let redaction = Redaction()
    private let timeline = Timeline.system

    /// How long the runner waits for a recorded message of the bridge.
    private static let patience = Duration.seconds(10)

    /// - Parameters:
    ///   - transcript: the recording.
    ///   - directory: where downloads go, instead of the recorded directory.
    package init(_ transcript: Transcript, directory: String) {
        self.transcript = transcript
        rewriter = DownloadDirectoryRewriter(directory: directory)
    }

    /// - Returns: the messages of the bridge, without secrets.
    package func run(
        _ service: CoverService,
        _ engine: WatchEngine,
        session configuration: Session.Configuration
    ) async -> [JSONValue] {
        let (client, server) = InMemoryTransport.pair(capacity: 1 << 20)
        let session = Session(transport: server, handler: service, configuration: configuration)
        let lines = Self.lines(from: client)
        return await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run { CoverService.emit($0, $1, to: session) } }
            group.addTask {
                _ = try await session.run()
                client.close()
            }
            group.addTask {
                try await feed(client)
                try await timeline.sleep(for: Self.patience)
                client.closeOutput()
            }
            var messages: [JSONValue] = []
            let expectedCount = transcript.expected.count
            let keepsOpen = !transcript.steps.contains { if case .end = $0 { true } else { false } }
            for await line in lines {
                guard let text = redaction.text(of: line), let message = try? JSONValue(parsing: text) else { continue }
                messages.append(message)
                if keepsOpen, messages.count == expectedCount { client.closeOutput() }
            }
            group.cancelAll()
            return messages
        }
    }

    private func feed(_ client: InMemoryTransport) async throws {
        let start = timeline.now
        for step in transcript.steps {
            switch step {
            case .send(let text, let time):
                try await timeline.sleep(until: start + .seconds(time))
                try Self.write(Array((rewriter.text(of: text) + "\n").utf8), to: client)
            case .end(let time):
                try await timeline.sleep(until: start + .seconds(time))
                client.closeOutput()
            case .expect, .expectSome: break
            }
        }
    }

    private static func write(_ bytes: [UInt8], to client: InMemoryTransport) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try unsafe rest.withUnsafeBytes { try unsafe client.write($0) }
            rest = rest.dropFirst(count)
        }
    }

    /// The lines that the bridge sends. A separate thread reads them, because reading blocks.
    private static func lines(from client: InMemoryTransport) -> AsyncStream<[UInt8]> {
        let (lines, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        DispatchQueue.global().async {
            var pending: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = unsafe buffer.withUnsafeMutableBytes { unsafe client.read(into: $0) }
                guard count > 0 else { break }
                pending += buffer.prefix(count)
                var parts = pending.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
                pending = parts.popLast() ?? []
                for line in parts { continuation.yield(line) }
            }
            continuation.finish()
        }
        return lines
    }
}
