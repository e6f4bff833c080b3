import Synchronization
import TestSupport
import Testing

@testable import CoverAPI

struct CoverClientDownloadTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9]

    /// A client whose API knows a task with these images, and whose image hosts answer so.
    private func client(
        images: [String],
        _ host: @escaping @Sendable (_ url: String) -> ScriptedExchange.Reply
    ) throws -> (CoverClient, ScriptedExchange) {
        let list = images.map { "\"\($0)\"" }.joined(separator: ",")
        let exchange = ScriptedExchange { request, _ in
            guard request.url.contains("record-info") else { return host(request.url) }
            return .json(#"{"code":200,"data":{"successFlag":1,"response":{"images":[\#(list)]}}}"#)
        }
        let configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("k")))
        let client = try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
        return (client, exchange)
    }

    private static func image(_ bytes: [UInt8], length: Int? = nil) -> ScriptedExchange.Reply {
        .answer(status: 200, headers: [("Content-Length", "\(length ?? bytes.count)")], body: bytes)
    }

    @Test func savesByMagicBytesWithoutTheKey() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, exchange) = try client(images: ["https://i/a.png", "https://i/b.png"]) {
            Self.image($0.hasSuffix("a.png") ? Self.png : Self.jpeg)
        }
        let seen = Mutex<[DownloadProgress]>([])
        let files = try await client.download(taskId: "../t", into: directory.path) { progress in
            seen.withLock { $0.append(progress) }
        }
        #expect(directory.names == ["%2E.%2Ft-1.png", "%2E.%2Ft-2.jpg"])
        #expect(files.map(\.mediaType) == ["image/png", "image/jpeg"])
        #expect(files.map(\.bytes) == [11, 6])
        #expect(files.flatMap(\.warnings).isEmpty)
        #expect(seen.withLock { $0.last } == DownloadProgress(image: 2, images: 2, receivedBytes: 6, totalBytes: 6))
        for request in exchange.requests.dropFirst() {
            #expect(!request.headers.contains { $0.name == "Authorization" })
            #expect(request.headers.contains { $0.name == "User-Agent" })
        }
    }

    @Test func anImageBeyondTheLastOfAFinalTaskWillNotCome() async throws {
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(Self.jpeg) }
        #expect(try await client.image(1, of: "t").mediaType == "image/jpeg")
        do {
            _ = try await client.image(2, of: "t")
            Issue.record("an image that is not there was fetched")
        } catch let error as CoverError {
            #expect(error.kind == .downloadFailed && !error.retryable)
        }
    }

    @Test func equalFilesAreWarnedOf() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a", "https://i/b"]) { _ in Self.image(Self.png) }
        let files = try await client.download(taskId: "t", into: directory.path)
        #expect(files.map { $0.warnings.map(\.kind) } == [[], ["equalFiles"]])
    }

    @Test func existingFilesStayUnlessOverwritten() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("mine", to: "t-1.png")
        let (client, exchange) = try client(images: ["https://i/a"]) { _ in Self.image(Self.png) }
        await expect(kind: .fileExists) { try await client.download(taskId: "t", into: directory.path) }
        #expect(exchange.requests.count == 1)
        #expect(try readFile(directory.path + "/t-1.png", limit: 100) == Array("mine".utf8))
        _ = try await client.download(taskId: "t", into: directory.path, overwrite: true)
        #expect(try readFile(directory.path + "/t-1.png", limit: 100) == Self.png)
        #expect(directory.names == ["t-1.png"])
    }

    @Test(arguments: [
        image([]), image(Array("<html>".utf8)), image(png, length: 12), image(png, length: 50 * 1024 * 1024 + 1),
        .answer(status: 403, headers: [], body: []),
        .answer(status: 302, headers: [("Location", "https://i/a")], body: []),
        .failure(CoverError(.downloadFailed, "x")),
    ])
    func whatIsNoImageLeavesNothing(_ reply: ScriptedExchange.Reply) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/good", "https://i/a"]) {
            $0.hasSuffix("good") ? Self.image(Self.png) : reply
        }
        await expect(kind: .downloadFailed) { try await client.download(taskId: "t", into: directory.path) }
        #expect(directory.names.isEmpty)
    }

    @Test func redirectsLeadToHttpsAlone() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a"]) { _ in
            .answer(status: 302, headers: [("Location", "http://i/b")], body: [])
        }
        await expect(kind: .insecureEndpoint) { try await client.download(taskId: "t", into: directory.path) }
        #expect(directory.names.isEmpty)
    }

    @Test func longIDsGetShortNames() {
        let naming = DownloadNaming(directory: "/d/", taskId: TaskID(String(repeating: "😀", count: 256)))
        let path = naming.partialPath(image: 100, salt: .max)
        #expect(path.dropFirst(3).utf8.count < 255)
        #expect(path.hasPrefix("/d/."))
    }

    @Test func makesTheDirectoryAndHashes() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(Array("GIF89a".utf8)) }
        let files = try await client.download(taskId: "t", into: directory.path + "/new/deep")
        #expect(files.first?.mediaType == "image/gif")
        #expect(files.first?.sha256 == "610f5ae4d76e332636a17bd357fd6ce99029316a99d320280d4d77a746bf29e8")
        for file in files { #expect(file.path == directory.path + "/new/deep/t-1.gif") }
    }
}
