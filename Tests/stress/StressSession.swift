// Runs sessions under load, so that a sanitizer can find faults in them. There are immediate and late answers,
// cancellations, batches and notifications. Other threads make requests of the session's own. The session ends while
// all this goes on. When all sessions are over, jansson must hold no memory.

import Dispatch
import JSONRPC
import Jansson
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

private struct Handler: SessionHandler {
    func answer(_ request: Call, in session: Session) -> Outcome {
        switch request.method {
        case "ping": .result(.empty)
        case "later":
            .later {
                await Task.yield()
                return Reply(request.parameters["value", 0]) { if case .queued = $0 { session.notify("sent", 1) } }
            }
        case "long":
            .later {
                try await Task.sleep(for: .seconds(60))
                return .null
            }
        case "ask":
            .later { Reply(try await session.request("question", within: .milliseconds(50))) }
        case "shutdown":
            {
                session.shutDown()
                return .result(.null)
            }()
        default: .failure(.methodNotFound(request.method))
        }
    }

    func receive(_ notification: Call, in session: Session) {
        if notification.method == "exit" { session.exit() }
    }
}

/// The bytes of `count` lines, in which ten kinds of messages take turns: requests, batches, responses and faults. The
/// line after each request `long` cancels that request.
private func requests(_ count: Int) -> [UInt8] {
    var text = ""
    for number in 0..<count {
        let next = number + 1
        switch number % 10 {
        case 0: text += #"{"jsonrpc":"2.0","id":\#(number),"method":"ping"}"#
        case 1: text += #"{"jsonrpc":"2.0","id":\#(number),"method":"later","params":{"value":[1,"é",1e999]}}"#
        case 2: text += #"{"jsonrpc":"2.0","id":\#(next),"method":"long"}"#
        case 3: text += #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(number)}}"#
        case 4:
            text +=
                #"[{"jsonrpc":"2.0","id":"a\#(number)","method":"later"},{"jsonrpc":"2.0","id":1.5,"method":"ping"}]"#
        case 5: text += #"{"jsonrpc":"2.0","id":18446744073709551616,"method":"nope"}"#
        case 6: text += #"{"id":1,"id":2,"params":{"a":1e999}}"#
        case 7: text += #"{"jsonrpc":"2.0","id":\#(number),"method":"ask"}"#
        case 8: text += #"[{"jsonrpc":"2.0","id":\#(1 + number / 20),"result":{"a":[1e999,"é"]}},{"id":7,"error":1}]"#
        default: text += "not json"
        }
        text += "\n"
    }
    return Array(text.utf8)
}

private func write(_ bytes: [UInt8], to transport: InMemoryTransport) {
    bytes.withUnsafeBytes { all in
        var rest = all[...]
        while !rest.isEmpty, let count = try? transport.write(UnsafeRawBufferPointer(rebasing: rest)) {
            rest = rest.dropFirst(count)
        }
    }
}

/// Runs one session to its end, and returns how many lines the session wrote.
private func run(_ ending: (Session, InMemoryTransport) -> Void) async throws -> (end: SessionEnd, lines: Int) {
    let (ours, theirs) = InMemoryTransport.pair()
    var configuration = Session.Configuration()
    configuration.maximumQueuedBytes = 100_000
    let session = Session(transport: theirs, handler: Handler(), configuration: configuration)
    let lines = Atomic(0)
    let threads = DispatchGroup()
    for job in 0..<3 {
        threads.enter()
        DispatchQueue.global().async {
            defer { threads.leave() }
            switch job {
            case 0:
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3000, alignment: 8)
                while case let count = ours.read(into: buffer), count > 0 {
                    lines.add(buffer[..<count].count { $0 == UInt8(ascii: "\n") }, ordering: .relaxed)
                }
                buffer.deallocate()
            case 1:
                write(requests(40_000), to: ours)
                let last =
                    #"{"jsonrpc":"2.0","id":"last","method":"shutdown"}"# + "\n" + #"{"jsonrpc":"2.0","method":"exit"}"#
                    + "\n"
                write(Array(last.utf8), to: ours)
            default:
                for number in 0..<5000 {
                    session.notify("tick", number)
                    if number % 10 == 0 {
                        let asking = Task { try? await session.request("question") }
                        if number % 20 == 0 { asking.cancel() }
                    }
                }
            }
        }
    }
    async let end = session.run()
    ending(session, ours)
    let reason = try await end
    await withCheckedContinuation { done in threads.notify(queue: .global()) { done.resume() } }
    return (reason, lines.load(ordering: .relaxed))
}

@main
enum StressSession {
    static func main() async throws {
        JanssonBlocks.startCounting()
        for round in 1...3 {
            let whole = try await run { _, _ in }
            let stopped = try await run { session, _ in
                _ = session.statistics
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { session.stop() }
            }
            let left = try await run { _, client in
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { client.close() }
            }
            print("round \(round): \(whole), \(stopped), \(left)")
        }
        // Cancelled work may keep its request in memory for a moment.
        for _ in 0..<500 where JanssonBlocks.held != 0 { try await Task.sleep(for: .milliseconds(10)) }
        print("jansson made \(JanssonBlocks.made) blocks and holds \(JanssonBlocks.held)")
        // The program exits instead of trapping, because under a sanitizer the runtime's backtrace may never end.
        if JanssonBlocks.held != 0 { exit(1) }
    }
}
