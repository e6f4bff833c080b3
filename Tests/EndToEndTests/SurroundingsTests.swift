import Jansson
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tests how the process uses its surroundings: descriptors, environment and time.
@Suite @EndToEnd struct SurroundingsTests {
    @Test func `an unread log delays nothing`() throws {
        let (reader, writer) = try BridgeProcess.pipe()
        defer {
            close(reader)
            close(writer)
        }
        // The test fills the pipe before the bridge writes its first line of the log.
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        let block = [UInt8](repeating: 0x2E, count: Int(PIPE_BUF))
        while unsafe write(writer, block, block.count) > 0 {}
        _ = fcntl(writer, F_SETFL, 0)

        let bridge = try BridgeProcess("serve", "--sandbox", "--log-level", "trace", errors: writer)
        for id in 1...20 { try bridge.send("cover/status", #"{"taskId":"unauthorized-\#(id)"}"#, id: "\(id)") }
        var ids: Set<Int64> = []
        for _ in 1...20 { ids.insert(try #require(try bridge.message()?["id"]?.integer)) }
        #expect(ids.count == 20)
        #expect(try bridge.finish().code == 0)
    }

    #if os(Linux)
        @Test func `standard output is out of reach of whatever prints`() throws {
            let bridge = try BridgeProcess("serve", "--sandbox")
            _ = try bridge.call("ping")
            #expect(try Self.target(of: 1, in: bridge) == Self.target(of: 2, in: bridge))
            #expect(try Self.target(of: 1, in: bridge).contains("pipe:") == false)
        }

        private static func target(of descriptor: Int32, in bridge: BridgeProcess) throws -> String {
            var name = [CChar](repeating: 0, count: 4096)
            let count = unsafe readlink("/proc/\(bridge.process)/fd/\(descriptor)", &name, name.count)
            return String(decoding: name.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        @Test func `descriptors are given back`() throws {
            let bridge = try BridgeProcess("serve", "--sandbox", "--rate", "100000")
            func burst(_ round: Int) throws -> Int {
                for id in 1...100 { try bridge.send("cover/status", #"["success-0s-\#(round)-\#(id)"]"#, id: "\(id)") }
                for _ in 1...100 { #expect(try bridge.message()?["result"] != nil) }
                return (0..<1024).count { unsafe access("/proc/\(bridge.process)/fd/\($0)", F_OK) == 0 }
            }
            _ = try burst(0)
            let before = try burst(1)
            let after = try (2...4).map(burst).last ?? 0
            #expect(after <= before + 4)
        }

        @Test func `a bridge that has nothing to do does nothing`() throws {
            let bridge = try BridgeProcess("serve", "--sandbox")
            _ = try bridge.call("cover/watch", #"{"taskIds":["pending"],"interval":600}"#)
            _ = try bridge.notification("cover/statusChanged")
            let before = try Self.ticks(of: bridge)
            sleep(1)
            // A bridge that is always busy would use about 100 hundredths in a second.
            #expect(try Self.ticks(of: bridge) - before < 20)
        }

        /// The processor time of the process, in hundredths of a second.
        private static func ticks(of bridge: BridgeProcess) throws -> Int {
            let file = unsafe open("/proc/\(bridge.process)/stat", O_RDONLY)
            defer { close(file) }
            var text = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(file, &text, text.count)
            let fields = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: ")").last
            let numbers = try #require(fields).split(separator: " ").map(String.init)
            return try #require(Int(numbers[11])) + #require(Int(numbers[12]))
        }
    #endif

    @Test(arguments: ["http_proxy", "https_proxy", "ALL_PROXY"])
    func `the sandbox is reached past any proxy`(_ variable: String) throws {
        let bridge = try BridgeProcess("serve", "--sandbox", environment: [variable: "http://127.0.0.1:1"])
        #expect(try bridge.call("cover/status", #"["success-0s"]"#)["result"] != nil)
    }

    @Test func `neither the key nor the proxy's password is shown`() throws {
        let bridge = try BridgeProcess(
            "serve",
            "--log-level",
            "trace",
            environment: ["KIE_API_KEY": "k-secret", "https_proxy": "http://user:p-secret@127.0.0.1:1"]
        )
        let answer = try bridge.call("cover/status", #"["any"]"#)
        #expect(answer["error"]?["data"]?["kind"]?.string == "unreachable")
        _ = try bridge.call("initialize", #"{"apiKey":"i-secret"}"#)
        _ = try bridge.finish()
        #expect(!answer.jsonText.contains("secret"))
        #expect(!bridge.standardError.contains("secret"))
    }

    @Test(arguments: ["", " ", "a b", "k\u{e9}y", "k\u{1}y"])
    func `what is no key counts as none`(_ key: String) throws {
        let bridge = try BridgeProcess("serve", environment: ["KIE_API_KEY": key])
        let answer = try bridge.call("cover/status", #"["any"]"#)
        #expect(answer["error"]?["data"]?["kind"]?.string == "missingCredentials")
    }

    @Test func `a batch waits for its slowest member, and for nothing else`() throws {
        let bridge = try BridgeProcess("serve", "--sandbox")
        try bridge.write(
            #"[{"jsonrpc":"2.0","id":1,"method":"cover/wait","params":["success-0.5s"]},"#
                + #"{"jsonrpc":"2.0","id":2,"method":"ping"}]"# + "\n"
        )
        #expect(try bridge.call("ping")["result"] != nil)
        let batch = try #require(try bridge.message()?.elements)
        #expect(batch.map { $0["id"]?.integer } == [1, 2])
        #expect(batch.first?["result"]?["final"]?.bool == true)
    }
}
