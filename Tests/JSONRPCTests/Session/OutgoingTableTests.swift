import Synchronization
import TestSupport
import Testing

@testable import JSONRPC

/// Compares the table of outgoing requests with a simple model. All events happen in random order.
struct OutgoingTableTests {
    /// The model's record of one request.
    private struct Model {
        enum Step { case reserved, sending, sent }
        enum End { case answered, withdrawn, closed }
        var step = Step.reserved
        var end: End?
        /// Whether the request is no longer in the table.
        var isGone = false

        var waits: Bool { end == nil && step != .reserved }
    }

    /// Counts how often the completion of each request was called.
    private final class Completions: Sendable {
        private let counts = Mutex<[Int64: Int]>([:])

        func make(_ id: Int64) -> OutgoingTable.Completion {
            { _ in self.counts.withLock { $0[id, default: 0] += 1 } }
        }

        func count(_ id: Int64) -> Int { counts.withLock { $0[id, default: 0] } }
    }

    private struct Run {
        var table = OutgoingTable()
        var model: [Int64: Model] = [:]
        var isClosed = false
        let completions = Completions()
        static let limit = 6

        mutating func reserve() {
            let entered = model.count { !$0.value.isGone }
            #expect(table.count == entered)
            switch table.reserve(limit: Self.limit) {
            case .success(let id):
                #expect(!isClosed && entered < Self.limit)
                #expect(id == Int64(model.count) + 1)
                model[id] = Model()
            case .failure(.sessionEnded): #expect(isClosed)
            case .failure: #expect(!isClosed && entered >= Self.limit)
            }
        }

        mutating func beginSending(_ id: Int64) {
            guard var request = model[id], request.step == .reserved, !request.isGone else { return }
            if table.beginSending(id, completions.make(id)) == nil {
                #expect(request.end == nil)
                request.step = .sending
            } else {
                #expect(request.end != nil)
                request.isGone = true
            }
            model[id] = request
        }

        mutating func endSending(_ id: Int64) {
            guard var request = model[id], request.step == .sending else { return }
            #expect(table.endSending(id) == (request.end == .withdrawn))
            request.step = .sent
            request.isGone = request.end != nil
            model[id] = request
        }

        mutating func answer(_ id: Int64) {
            let completion = table.answer(id)
            completion?(.failure(.malformedAnswer))
            guard var request = model[id], request.waits else {
                #expect(completion == nil)
                return
            }
            #expect(completion != nil)
            request.end = .answered
            request.isGone = true
            model[id] = request
        }

        mutating func withdraw(_ id: Int64) {
            let (completion, isSent) = table.withdraw(id, .cancelled)
            completion?(.failure(.cancelled))
            guard var request = model[id], request.end == nil else {
                #expect(completion == nil && !isSent)
                return
            }
            #expect((completion != nil) == request.waits)
            #expect(isSent == (request.step == .sent))
            request.end = .withdrawn
            request.isGone = request.step == .sent
            model[id] = request
        }

        mutating func close() {
            let waiting = model.filter(\.value.waits)
            let closed = table.close()
            #expect(closed.count == waiting.count)
            for completion in closed { completion(.failure(.sessionEnded)) }
            for (id, request) in model where request.end == nil {
                model[id]?.end = .closed
                model[id]?.isGone = request.waits
            }
            isClosed = true
        }
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func behavesLikeTheModel(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var run = Run()
        for _ in 0..<300 {
            let id = Int64.random(in: -1...Int64(run.model.count) + 2, using: &generator)
            switch Int.random(in: 0..<1000, using: &generator) {
            case 0..<300: run.reserve()
            case 300..<500: run.beginSending(id)
            case 500..<700: run.endSending(id)
            case 700..<850: run.answer(id)
            case 850..<997: run.withdraw(id)
            default: run.close()
            }
        }
        run.close()
        for id in run.model.keys {
            run.beginSending(id)
            run.endSending(id)
        }
        #expect(run.table.count == 0)
        for (id, request) in run.model {
            #expect(run.completions.count(id) == (request.step == .reserved ? 0 : 1), "request \(id)")
        }
    }
}
