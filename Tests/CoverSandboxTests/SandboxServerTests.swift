import Hummingbird
import HummingbirdTesting
import Jansson
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import CoverSandbox

@Suite(.timeLimit(.minutes(5))) struct SandboxServerTests {
    /// Runs a server and calls `body` with the port of the server. Returns when the server has ended.
    private func withServer(
        clock: SandboxClock = .system,
        _ body: @escaping @Sendable (Int, ServiceGroup) async throws -> Void
    ) async throws {
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let server = SandboxServer(port: 0, clock: clock) { bound.yield($0) }
        let group = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports.prefix(1) { try await body(port, group) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func get(_ uri: String, from client: TestClient) async throws -> TestClient.Response {
        try await client.get(uri, headers: [.authorization: "Bearer key", .userAgent: "test"])
    }

    @Test func imagesAreServedOnTheBoundPort() async throws {
        try await withServer { port, _ in
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                let response = try await get("/api/v1/suno/cover/record-info?taskId=success-0s", from: client)
                let body = try JSONValue(parsing: Array(buffer: response.body ?? ByteBuffer()))
                #expect(
                    body["data"]?["response"]?["images"]?.elements?.first?.string
                        == "http://127.0.0.1:\(port)/images/success-0s-1.png"
                )
            }
        }
    }

    @Test func aPortInUseIsAClearError() async throws {
        try await withServer { port, _ in
            let error = await #expect(throws: SandboxError.self) { try await SandboxServer(port: port).run() }
            #expect(error?.code == .portInUse)
            #expect(error?.message.contains("\(port)") == true)
        }
    }

    @Test(arguments: [-1, 65_536, Int.max])
    func aPortOutOfRangeIsAClearError(port: Int) async throws {
        let error = await #expect(throws: SandboxError.self) { try await SandboxServer(port: port).run() }
        #expect(error?.code == .invalidPort)
    }

    @Test(arguments: ["203.0.113.7", "no such host"])
    func aForeignAddressIsAClearError(host: String) async throws {
        let error = await #expect(throws: SandboxError.self) { try await SandboxServer(host: host, port: 0).run() }
        #expect(error?.code == .cannotListen)
    }

    @Test func endsWhenCancelledThoughAConnectionIsOpen() async throws {
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let server = SandboxServer(port: 0) { bound.yield($0) }
        let running = Task { try await server.run() }
        for await port in ports.prefix(1) {
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                let response = try await get("/sandbox/stats", from: client)
                #expect(response.status == .ok)
                running.cancel()
                _ = await running.result
            }
        }
    }

    @Test func shutsDownThoughAnAnswerIsSlow() async throws {
        let clock = ManualClock()
        let slow = SandboxClock(
            now: { .zero },
            wallTime: { 0 },
            sleep: { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
        )
        try await withServer(clock: slow) { port, group in
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                async let response = get("/api/v1/suno/cover/record-info?taskId=slow-99s", from: client)
                await clock.sleepers(atLeast: 1)
                await group.triggerGracefulShutdown()
                let status = try await response.status
                #expect(status == .serviceUnavailable)
            }
        }
    }
}
