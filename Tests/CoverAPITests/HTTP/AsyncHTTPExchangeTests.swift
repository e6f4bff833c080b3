import CoverAPI
import CoverModel
import Synchronization
import Testing

/// Tests the real HTTP client with a real socket.
struct AsyncHTTPExchangeTests {
    private static func answer(_ body: String, _ status: String = "200 OK", _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static let pending = answer(#"{"code":200,"data":{"successFlag":0}}"#)

    private func withClient(
        _ script: @escaping @Sendable (String) -> String?,
        _ body: (CoverClient, LoopbackServer) async throws -> Void
    ) async throws {
        let server = try await LoopbackServer(script)
        var configuration = CoverClient.Configuration(endpoint: "http://127.0.0.1:\(server.port)")
        configuration.credentials = Credentials(environment: APIKey("the-key"))
        configuration.rate = 1000
        configuration.requestTimeout = .seconds(30)
        let client = try CoverClient(configuration: configuration, exchange: AsyncHTTPExchange())
        do { try await body(client, server) } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        try await server.stop()
    }

    @Test func connectionsAreKeptAlive() async throws {
        try await withClient({ _ in Self.pending }) { client, server in
            for number in 0..<5 {
                let status = try await client.poll("t\(number)")
                #expect(status.state == .pending)
            }
            #expect(server.seen.connections == 1)
            #expect(server.seen.requests.count == 5)
            #expect(server.seen.requests[0].lowercased().contains("authorization: bearer the-key\r\n"))
            #expect(server.seen.requests[0].lowercased().contains("user-agent: cover-bridge/"))
        }
    }

    @Test func headersThatAreTooLongAreCalledThat() async throws {
        let headers = "X-Long: \(String(repeating: "x", count: 100_000))\r\n"
        try await withClient({ _ in Self.answer("{}", "200 OK", headers) }) { client, _ in
            let error = await #expect(throws: CoverError.self) { try await client.poll("t") }
            #expect(error?.kind == .malformedResponse)
            #expect(error?.message.contains("headers of the answer are longer") == true)
        }
    }

    /// NIO limits the fields of a head. These lines are none.
    @Test(arguments: [
        "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=", "HTTP/1.1 200 OK\r\nX:",
    ])
    func aLineThatNeverEndsIsCutOff(_ start: String) async throws {
        let filler = start.hasSuffix(":") ? " " : "x"
        try await withClient({ _ in start + String(repeating: filler, count: 3_000_000) }) { client, _ in
            let error = await #expect(throws: CoverError.self) { try await client.poll("t") }
            #expect(error?.kind == .malformedResponse)
            #expect(error?.message.contains("are no content") == true, "\(error?.message ?? "")")
        }
    }

    @Test func provisionalHeadsWithoutEndAreCutOff() async throws {
        let heads = String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 100_000)
        try await withClient({ _ in heads }) { client, _ in
            let error = await #expect(throws: CoverError.self) { try await client.poll("t") }
            #expect(error?.message.contains("are no content") == true, "\(error?.message ?? "")")
        }
    }

    @Test func aLongBodyInSmallChunksIsContent() async throws {
        let body = #"{"code":200,"data":{"successFlag":0}}"# + String(repeating: " ", count: 100_000)
        let chunks = body.map { "1\r\n\($0)\r\n" }.joined()
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n"
        try await withClient({ _ in answer }) { client, _ in
            let status = try await client.poll("t")
            #expect(status.state == .pending)
        }
    }

    @Test func aQueryOverAConnectionThatTheServerCloses() async throws {
        let number = Atomic(0)
        try await withClient({ _ in
            // The server closes the connection at every second request.
            number.add(1, ordering: .relaxed).newValue.isMultiple(of: 2) ? "" : Self.pending
        }) { client, server in
            for number in 0..<5 { _ = try await client.poll("t\(number)") }
            #expect(server.seen.requests.count == 9)
            #expect(server.seen.connections == 5)
        }
    }

    @Test func aQueryOnAFreshConnectionThatClosesIsNotRepeated() async throws {
        try await withClient({ _ in "" }) { client, server in
            await expect(kind: .unreachable) { try await client.poll("t") }
            #expect(server.seen.requests.count == 1)
        }
    }

    @Test func anOrderOverAConnectionThatTheServerClosesIsSentOnce() async throws {
        let number = Atomic(0)
        try await withClient({ _ in
            number.add(1, ordering: .relaxed).newValue == 1 ? Self.pending : ""
        }) { client, server in
            _ = try await client.poll("t")
            await expect(kind: .unreachable) {
                try await client.generate(from: "music", callbackUrl: "https://example.com/x")
            }
            #expect(server.seen.requests.count == 2)
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await withClient({ _ in Self.answer("", "302 Found", "Location: /elsewhere\r\n") }) { client, server in
            await expect(kind: .malformedResponse) { try await client.poll("t") }
            #expect(server.seen.requests.count == 1)
        }
    }

    @Test func cancellingReachesTheSocket() async throws {
        try await withClient({ _ in nil }) { client, server in
            let task = Task { try await client.poll("t") }
            try await server.until { $0.requests.count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await server.until { $0.closed == 1 }
            #expect(server.seen.closed == 1)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"code\":200,",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n{\"cod\r\n",
        "SSH-2.0-x Connection: close\r\n\r\n",
    ])
    func aTruncatedAnswerIsMalformed(_ answer: String) async throws {
        try await withClient({ _ in answer }) { client, _ in
            do {
                _ = try await client.poll("t")
                Issue.record("it was read")
            } catch let error as CoverError {
                #expect(error.kind == .malformedResponse)
                let words = answer.hasPrefix("HTTP") ? "The answer broke off before its end." : "is not HTTP"
                #expect(error.message.contains(words), "\(error.message)")
            }
        }
    }

    @Test(arguments: ["000", "001", "042", "099"], ["0", "2"])
    func aStatusThatHTTPDoesNotHaveIsMalformed(_ status: String, _ length: String) async throws {
        let answer = "HTTP/1.1 \(status) X\r\nContent-Length: \(length)\r\n\r\n{}"
        try await withClient({ $0.contains("good") ? Self.pending : answer }) { client, server in
            await expect(kind: .malformedResponse) { try await client.credits() }
            try await server.until { $0.closed == 1 }
            #expect(server.seen.requests.count == 1)
            #expect(try await client.poll("good").state == .pending)
        }
    }

    /// An informational answer has no body. What follows is the next answer.
    @Test(arguments: ["100 Continue", "103 Early Hints", "199 X"])
    func anInformationalAnswerIsSkipped(_ status: String) async throws {
        try await withClient({ _ in "HTTP/1.1 \(status)\r\nContent-Length: 2\r\n\r\n" + Self.pending }) { client, _ in
            let status = try await client.poll("t")
            #expect(status.state == .pending)
        }
    }

    @Test func anotherProtocolIsMalformed() async throws {
        let answer = "HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\n{}" + Self.pending
        try await withClient({ _ in answer }) { client, _ in
            await expect(kind: .malformedResponse) { try await client.credits() }
        }
    }

    @Test func oversizedBodiesAreNotRead() async throws {
        try await withClient({ _ in "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n{" }) { client, server in
            await expect(kind: .malformedResponse) { try await client.poll("t") }
            try await server.until { $0.closed == 1 }
            #expect(server.seen.closed == 1)
        }
    }

    @Test func aPortWithoutAServerIsUnreachable() async throws {
        // The test uses port 1, because no test can get this port. A port that was free a moment ago may now belong to
        // another test.
        let configuration = CoverClient.Configuration(
            endpoint: "http://127.0.0.1:1",
            credentials: Credentials(environment: APIKey("k"))
        )
        let client = try CoverClient(configuration: configuration, exchange: AsyncHTTPExchange())
        await expect(kind: .unreachable) { try await client.poll("t") }
        await client.shutdown()
    }

    @Test func anUnknownHostIsUnreachable() async throws {
        var configuration = CoverClient.Configuration(
            endpoint: "https://no-such-host.invalid",
            credentials: Credentials(environment: APIKey("k"))
        )
        // The time limits are long, because the name resolver is slow on a busy machine.
        configuration.requestTimeout = .seconds(120)
        let exchange = AsyncHTTPExchange(connectTimeout: .seconds(120))
        let client = try CoverClient(configuration: configuration, exchange: exchange)
        await expect(kind: .unreachable) { try await client.poll("t") }
        await client.shutdown()
    }

    @Test func aThousandCallsAboutAHundredTasksMakeAHundredRequests() async throws {
        try await withClient({ _ in Self.pending }) { client, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1000 {
                    group.addTask { _ = try await client.status(of: "t\(number % 100)", maxAge: .seconds(60)) }
                }
                try await group.waitForAll()
            }
            #expect(server.seen.requests.count == 100)
        }
    }
}
