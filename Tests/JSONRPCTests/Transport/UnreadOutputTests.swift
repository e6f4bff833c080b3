import Jansson
import TestSupport
import Testing

@testable import JSONRPC

/// Tests real descriptors whose output is not read. The thread that reads the session's input must never wait for the
/// output.
@Suite(.timeLimit(.minutes(5)))
struct UnreadOutputTests {
    /// The sizes of the answers. Their sum is larger than any pipe or socket can hold.
    private static let sizes = (0..<250).map { 100 + $0 * 3571 % 8900 }

    private static func echo(_ id: Int, _ size: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"echo","params":["\#(String(repeating: "x", count: size))"]}"#
    }

    @Test(arguments: DescriptorRig.Output.allCases, [Framing.newlineDelimited, .contentLength])
    func inputIsReadWhileOutputIsUnread(output: DescriptorRig.Output, framing: Framing) async throws {
        let rig = try DescriptorRig(output, framing)
        // The test sends one request at a time, so that the session writes each answer separately.
        for (id, size) in Self.sizes.enumerated() {
            rig.send(Self.echo(id, size))
            await rig.handler.calls(atLeast: id + 1)
        }
        for id in 0..<40_000 { rig.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) }
        rig.send(#"{"jsonrpc":"2.0","id":"held","method":"hold"}"#)
        await rig.handler.gate.waiters(atLeast: 1)
        #expect(rig.session.statistics.inFlight == 1)
        rig.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"held"}}"#)
        rig.send(#"{"jsonrpc":"2.0","method":"exit"}"#)
        await rig.handler.calls(atLeast: Self.sizes.count + 40_002)
        #expect(rig.session.statistics.inFlight == 0)
        // Only a file takes all answers, so that none is lost at the end.
        #expect(try await rig.end == (output == .file ? .exit(afterShutdown: false) : .outputUnread(afterStop: false)))
    }

    @Test(arguments: DescriptorRig.Output.allCases, [Framing.newlineDelimited, .contentLength])
    func aLateReaderGetsEverythingInOrder(output: DescriptorRig.Output, framing: Framing) async throws {
        let rig = try DescriptorRig(output, framing)
        for (id, size) in Self.sizes.enumerated() {
            rig.send(Self.echo(id, size))
            await rig.handler.calls(atLeast: id + 1)
        }
        rig.endInput()
        let bytes = try await rig.readAll()
        #expect(try await rig.end == .endOfInput)
        let ids = try frames(bytes, framing: framing).frames.map { frame -> Int64? in
            guard case .message(let text) = frame else { return nil }
            return try JSONValue(parsing: text)["id"]?.integer
        }
        #expect(ids == Self.sizes.indices.map(Int64.init))
    }
}
