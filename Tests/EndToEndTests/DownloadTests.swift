import Jansson
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tests `cover/download`: the files on the disk, and the progress reports.
@Suite @EndToEnd struct DownloadTests {
    private let bridge: BridgeProcess
    private let directory: String

    init() throws {
        bridge = try BridgeProcess("serve", "--sandbox", "--rate", "1000")
        directory = "/tmp/cover-bridge-download-\(bridge.process)"
    }

    private func clean(_ files: [String]) {
        for file in files { unsafe unlink(file) }
        unsafe rmdir(directory)
    }

    private func params(_ taskId: String, _ more: String = "") -> String {
        #"{"taskId":"\#(taskId)","directory":"\#(directory)"\#(more)}"#
    }

    @Test func `the images are saved, and progress comes before the answer`() throws {
        let answer = try bridge.call("cover/download", params("success-0s", #","progressToken":"t-1""#))
        let files = try #require(answer["result"]?["files"]?.elements)
        let paths = files.compactMap { $0["path"]?.string }
        defer { clean(paths) }
        #expect(files.count == 2)
        for file in files {
            let path = try #require(file["path"]?.string)
            #expect(path.hasPrefix(directory + "/"))
            #expect(file["mediaType"]?.string == "image/png")
            #expect(file["sha256"]?.string?.count == 64)
            #expect(file["url"]?.string?.hasPrefix("http://127.0.0.1:") == true)
            var status = stat()
            #expect(unsafe stat(path, &status) == 0)
            #expect(Int64(status.st_size) == file["bytes"]?.integer)
        }
        let progress = bridge.notifications.filter { $0["method"]?.string == "$/progress" }.compactMap { $0["params"] }
        #expect(!progress.isEmpty)
        #expect(progress.allSatisfy { $0["token"]?.string == "t-1" })
        #expect(Set(progress.compactMap { $0["value"]?["image"]?.integer }) == [1, 2])

        let again = try bridge.call("cover/download", params("success-0s"))
        #expect(again["error"]?["code"]?.integer == 1009)
        #expect(again["error"]?["data"]?["kind"]?.string == "fileExists")
        let over = try bridge.call("cover/download", params("success-0s", #","overwrite":true"#))
        #expect(over["result"]?["files"]?.count == 2)
    }

    /// The client and the bridge may have different working directories, so the bridge returns absolute paths.
    @Test func `the paths of a relative directory are absolute`() throws {
        let folder = "cover-bridge-relative-\(bridge.process)"
        let answer = try bridge.call("cover/download", #"{"taskId":"success-0s","directory":"\#(folder)"}"#)
        let paths = (answer["result"]?["files"]?.elements ?? []).compactMap { $0["path"]?.string }
        defer {
            for path in paths { unsafe unlink(path) }
            unsafe rmdir(folder)
        }
        #expect(paths.count == 2)
        #expect(paths.allSatisfy { $0.hasPrefix("/") && $0.contains("/\(folder)/") })
    }

    @Test(arguments: [
        ("pending", "", "downloadFailed"),
        ("unauthorized", "", "unauthorized"),
        ("missing", "", "taskNotFound"),
        ("success-0s", #","progressToken":[]"#, "invalidParams"),
        ("success-0s", #","overwrite":1"#, "invalidParams"),
        ("success-0s", #","directory":"""#, "invalidRequest"),
    ])
    func `what cannot be saved says why`(_ taskId: String, _ more: String, _ kind: String) throws {
        let error = try #require(try bridge.call("cover/download", params(taskId, more))["error"])
        #expect(error["data"]?["kind"]?.string == kind)
        #expect(unsafe access(directory, F_OK) != 0, "nothing is left behind")
    }
}
