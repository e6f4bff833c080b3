import APITestSupport
import CoverModel
import Synchronization
import TestSupport
import Testing

@testable import CoverAPI

struct CoverClientDownloadTests {
    private static let png = SampleImages.png
    private static let jpeg = SampleImages.jpeg

    /// A client for tests. The API has a task with these images, and the hosts of the images send these answers.
    private func client(
        images: [String],
        clock: ManualClock = ManualClock(),
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
            timeline: clock.timeline(),
            random: { 0 }
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
        #expect(files.map(\.bytes) == [Self.png.count, Self.jpeg.count])
        #expect(files.flatMap(\.warnings).isEmpty)
        #expect(seen.withLock { $0.last } == DownloadProgress(image: 2, images: 2, receivedBytes: 40, totalBytes: 40))
        for request in exchange.requests.dropFirst() {
            #expect(!request.headers.contains { $0.name == "Authorization" })
            #expect(request.headers.contains { $0.name == "User-Agent" })
        }
    }

    @Test func aFinalTaskGetsNoFurtherImage() async throws {
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(Self.jpeg) }
        #expect(try await client.image(1, of: "t").mediaType == "image/jpeg")
        do {
            _ = try await client.image(2, of: "t")
            Issue.record("an image that is not there was fetched")
        } catch let error as CoverError {
            #expect(error.kind == .downloadFailed && !error.retryable)
        }
    }

    @Test func equalFilesCauseAWarning() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a", "https://i/b"]) { _ in Self.image(Self.png) }
        let files = try await client.download(taskId: "t", into: directory.path)
        #expect(files.map { $0.warnings.map(\.kind) } == [[], ["equalFiles"]])
    }

    @Test(arguments: ["~", "~/covers", "~root/covers", "~covers"])
    func aTildeIsNotExpanded(_ directory: String) async throws {
        let (client, exchange) = try client(images: ["https://i/a"]) { _ in Self.image(Self.png) }
        await expect(kind: .badRequest) { try await client.download(taskId: "t", into: directory) }
        #expect(exchange.requests.isEmpty)
    }

    @Test(arguments: [
        image([]), image(Array("<html>".utf8)), image(png, length: png.count + 1),
        image(png, length: 50 * 1024 * 1024 + 1),
        .answer(status: 403, headers: [], body: []),
        .answer(status: 302, headers: [("Location", "https://i/a")], body: []),
        .failure(CoverError(.downloadFailed, "x")),
    ])
    func aFileThatIsNoImageLeavesNothing(_ reply: ScriptedExchange.Reply) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/good", "https://i/a"]) {
            $0.hasSuffix("good") ? Self.image(Self.png) : reply
        }
        for folder in ["", "/new", "/new/inner/"] {
            await expect(kind: .downloadFailed) {
                try await client.download(taskId: "t", into: directory.path + folder)
            }
            #expect(directory.names.isEmpty)
        }
    }

    @Test(arguments: SampleImages.all) func anImageThatEndsEarlyIsRefused(_ image: [UInt8]) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(Array(image.dropLast())) }
        for work in [
            { _ = try await client.download(taskId: "t", into: directory.path) },
            { _ = try await client.image(1, of: "t") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: CoverError.self) { try await work() }
            #expect(error?.kind == .downloadFailed)
            #expect(error?.message.contains("incomplete") == true)
        }
        #expect(directory.names.isEmpty)
    }

    @Test(arguments: [
        ("<html>", "a web page"), ("\0\0\0\u{1C}ftypavif12345", "an AVIF picture"), ("<svg/>", "an SVG drawing"),
    ])
    func aFileThatIsNoImageIsNotFetchedAgain(content: String, name: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(Array(content.utf8)) }
        for work in [
            { _ = try await client.download(taskId: "t", into: directory.path) },
            { _ = try await client.image(1, of: "t") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: CoverError.self) { try await work() }
            #expect(error?.message == "What the image host sent is \(name), and no PNG, JPEG, WebP or GIF.")
            #expect(error?.retryable == false)
        }
    }

    /// The manual clock starts in January 2025. At that time, only the first image has reached the end of its storage.
    @Test(arguments: [
        (404, "2024-12-01 00:00:00", "The image is gone (HTTP 404): it was kept until about 2024-12-15T00:00:00.000Z."),
        (404, "2025-01-14 00:00:00", "though the image is kept until about 2025-01-28T00:00:00.000Z."),
        (
            403, "2025-01-14 00:00:00",
            "2025-01-28T00:00:00.000Z. Its URL may have expired: query the status again, which gives a new one."
        ),
    ])
    func theErrorForADeletedImageSaysUntilWhenItWasKept(httpStatus: Int, completed: String, words: String) async throws
    {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let exchange = ScriptedExchange { request, _ in
            guard request.url.contains("record-info") else { return .json("", status: httpStatus) }
            return .json(
                #"{"code":200,"data":{"successFlag":1,"completeTime":"\#(completed)","response":{"images":["https://i/a"]}}}"#
            )
        }
        let client = try CoverClient(
            configuration: CoverClient.Configuration(credentials: Credentials(environment: APIKey("k"))),
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
        for work in [
            { _ = try await client.download(taskId: "t", into: directory.path) },
            { _ = try await client.image(1, of: "t") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: CoverError.self) { try await work() }
            #expect(error?.message.hasSuffix(words) == true, "\(error?.message ?? "")")
            #expect(error?.httpStatus == httpStatus && error?.retryable == false)
        }
    }

    @Test(arguments: [true, false])
    func aHostThatSendsNothingEndsTheDownload(_ isSaved: Bool) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let clock = ManualClock()
        let (client, exchange) = try client(images: ["https://i/a"], clock: clock) { _ in .silence }
        let path = directory.path
        let task = Task {
            if isSaved {
                _ = try await client.download(taskId: "t", into: path)
            } else {
                _ = try await client.image(1, of: "t")
            }
        }
        // The download is tried again once.
        for count in 2...3 {
            await exchange.requests(atLeast: count)
            clock.advance(by: .seconds(30))
        }
        let error = await #expect(throws: CoverError.self) { try await task.value }
        #expect(error?.kind == .downloadFailed)
        #expect(error?.retryable == true)
        #expect(error?.message == "The host of the image sent nothing for 30 seconds.")
        #expect(exchange.cancelledCount == 2)
        #expect(directory.names == [])
    }

    @Test func redirectsLeadOnlyToHttps() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let (client, _) = try client(images: ["https://i/a"]) { _ in
            .answer(status: 302, headers: [("Location", "http://i/b")], body: [])
        }
        for work in [
            { _ = try await client.download(taskId: "t", into: directory.path) },
            { _ = try await client.image(1, of: "t") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: CoverError.self) { try await work() }
            #expect(error?.kind == .insecureEndpoint)
            #expect(error?.message == "The image host redirects to a URL that is not https; it is not fetched.")
        }
        #expect(directory.names.isEmpty)
    }

    @Test(arguments: [(203, nil), (204, "sent no image (HTTP 204)"), (403, "refused (HTTP 403)")] as [(Int, String?)])
    func aStatusWithoutTheImageIsNamed(_ status: Int, _ words: String?) async throws {
        let (client, _) = try client(images: ["https://i/a"]) { _ in
            .answer(status: status, headers: [], body: Self.png)
        }
        do {
            #expect(try await client.image(1, of: "t").mediaType == "image/png")
            #expect(words == nil)
        } catch let error as CoverError {
            #expect(error.message == "The image host \(words ?? "").")
        }
    }

    @Test func aFaultInTheAnswerOfAnImageHostNamesTheHost() async throws {
        let (client, _) = try client(images: ["https://i/a"]) { _ in
            .failure(CoverError(.malformedResponse, "The answer broke off before its end."))
        }
        let error = await #expect(throws: CoverError.self) { try await client.image(1, of: "t") }
        #expect(
            error?.message == "The answer broke off before its end. It came from the host of the image, not the API."
        )
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
        let (client, _) = try client(images: ["https://i/a"]) { _ in Self.image(SampleImages.gif) }
        let files = try await client.download(taskId: "t", into: directory.path + "/new/deep")
        #expect(files.first?.mediaType == "image/gif")
        #expect(files.first?.sha256 == "ef1955ae757c8b966c83248350331bd3a30f658ced11f387f8ebf05ab3368629")
        for file in files { #expect(file.path == directory.path + "/new/deep/t-1.gif") }
    }
}
