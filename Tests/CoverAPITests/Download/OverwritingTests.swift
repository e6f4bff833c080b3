import APITestSupport
import CoverModel
import TestSupport
import Testing

@testable import CoverAPI

/// Tests what a download does with files that exist already.
struct OverwritingTests {
    /// A client whose API has a task with so many images.
    private func client(images count: Int) throws -> (CoverClient, ScriptedExchange) {
        let list = (1...count).map { "\"https://i/\($0)\"" }.joined(separator: ",")
        let exchange = ScriptedExchange { request, _ in
            guard request.url.contains("record-info") else {
                let length = "\(SampleImages.png.count)"
                return .answer(status: 200, headers: [("Content-Length", length)], body: SampleImages.png)
            }
            return .json(#"{"code":200,"data":{"successFlag":1,"response":{"images":[\#(list)]}}}"#)
        }
        let configuration = CoverClient.Configuration(credentials: Credentials(environment: APIKey("k")))
        return (try CoverClient(configuration: configuration, exchange: exchange), exchange)
    }

    @Test func existingFilesStayUnlessOverwritten() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("mine", to: "t-1.png")
        let (client, exchange) = try client(images: 1)
        await expect(kind: .fileExists) { try await client.download(taskId: "t", into: directory.path) }
        #expect(exchange.requests.count == 1)
        #expect(try readFile(directory.path + "/t-1.png", limit: 100) == Array("mine".utf8))
        _ = try await client.download(taskId: "t", into: directory.path, overwrite: true)
        #expect(try readFile(directory.path + "/t-1.png", limit: 1000) == SampleImages.png)
        #expect(directory.names == ["t-1.png"])
    }

    @Test func aFolderInThePlaceOfAnImageKeepsAllOfThemFromBeingReplaced() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("mine", to: "t-1.png")
        _ = try createFolders(directory.path + "/t-2.png")
        let (client, _) = try client(images: 2)
        let error = await #expect(throws: CoverError.self) {
            try await client.download(taskId: "t", into: directory.path, overwrite: true)
        }
        // Callers answer `fileExists` by allowing the file to be overwritten, which was allowed here.
        #expect(error?.kind == .downloadFailed)
        #expect(error?.retryable == false)
        #expect(error?.message.contains("/t-2.png is a folder") == true)
        #expect(try readFile(directory.path + "/t-1.png", limit: 100) == Array("mine".utf8))
        #expect(directory.names == ["t-1.png", "t-2.png"])
    }

    /// The second image loses its temporary file, so it cannot replace the file of its name.
    @Test func anImageThatCannotReplaceItsFileBringsTheOthersBack() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("one", to: "t-1.png")
        directory.write("three", to: "t-3.png")
        let (client, _) = try client(images: 3)
        let error = await #expect(throws: CoverError.self) {
            try await client.download(taskId: "t", into: directory.path, overwrite: true) { progress in
                guard progress.image == 3, progress.receivedBytes == progress.totalBytes else { return }
                for name in directory.names where name.hasSuffix(".part") && name.contains("t-3") {
                    removeFile(directory.path + "/" + name)
                }
            }
        }
        #expect(error?.message.hasPrefix("\(directory.path)/t-3.png cannot be replaced: ") == true)
        #expect(error?.kind == .downloadFailed && error?.retryable == false)
        #expect(directory.names == ["t-1.png", "t-3.png"])
        #expect(try readFile(directory.path + "/t-1.png", limit: 10) == Array("one".utf8))
        #expect(try readFile(directory.path + "/t-3.png", limit: 10) == Array("three".utf8))
        _ = try await client.download(taskId: "t", into: directory.path, overwrite: true)
        #expect(directory.names == ["t-1.png", "t-2.png", "t-3.png"])
        #expect(try readFile(directory.path + "/t-3.png", limit: 1000) == SampleImages.png)
    }
}
