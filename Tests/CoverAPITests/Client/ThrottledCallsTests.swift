import CoverModel
import Testing

@testable import CoverAPI

/// Tests the pause of calls after a 429 or 455. The jitter is the half, so the pauses are 0.25, 0.5, 1, 2 and 4 seconds.
struct ThrottledCallsTests {
    private static let refusal = CoverError(.rateLimited, "slow")
    private var calls = ThrottledCalls(policy: RetryPolicy())

    /// Sends a query at a moment. It ends 10 ms later.
    private mutating func send(at moment: Duration, _ end: ThrottledCalls.End) -> Bool {
        guard case .granted = calls.admit(at: moment) else { return false }
        self.end(sent: moment, end, at: moment + .milliseconds(10))
        return true
    }

    private mutating func end(sent: Duration, _ end: ThrottledCalls.End, at now: Duration) {
        calls.ended(sent: sent, end, at: now, random: 0.5)
    }

    @Test mutating func repeatedRefusalsLengthenThePause() {
        var moment = Duration.seconds(1)
        for pause in [0.25, 0.5, 1, 2, 4, 4] {
            #expect(send(at: moment, .answered(Self.refusal)))
            moment += .milliseconds(10)
            #expect(calls.remaining(at: moment) == .seconds(pause))
            guard case .paused(let error) = calls.admit(at: moment + .seconds(pause) - .milliseconds(50)) else {
                Issue.record("a call is sent in the pause")
                return
            }
            #expect(error.error.kind == .rateLimited && error.remaining == .milliseconds(50))
            moment += .seconds(pause)
        }
        #expect(send(at: moment, .answered(nil)))
        #expect(send(at: moment + .milliseconds(10), .answered(Self.refusal)))
        #expect(calls.remaining(at: moment + .milliseconds(20)) == .milliseconds(250))
    }

    @Test mutating func thePauseOfTheAPIIsKept() {
        let refusal = CoverError(.maintenance, "closed", retryAfter: 60)
        #expect(send(at: .seconds(1), .answered(refusal)))
        guard case .paused(let pause) = calls.admit(at: .seconds(2)) else {
            Issue.record("a call is sent in the pause")
            return
        }
        #expect(pause.error.kind == .maintenance && pause.remaining == .seconds(59.01))
    }

    /// After a cancelled trial, another query tries. After an answer and after a fault of the network, all are sent.
    @Test(arguments: ["answered", "failed", "cancelled"])
    mutating func oneQueryTriesWhetherTheAPIAnswers(end: String) {
        #expect(send(at: .seconds(1), .answered(Self.refusal)))
        let trial = Duration.seconds(2)
        guard case .granted = calls.admit(at: trial) else {
            Issue.record("nothing is sent after the pause")
            return
        }
        for milliseconds in [0, 1, 500] {
            guard case .waiting = calls.admit(at: trial + .milliseconds(milliseconds)) else {
                Issue.record("a second query is sent before the first has an answer")
                return
            }
        }
        let ends: [String: ThrottledCalls.End] = ["answered": .answered(nil), "failed": .failed]
        self.end(sent: trial, ends[end] ?? .cancelled, at: .seconds(3))
        guard case .granted = calls.admit(at: .seconds(3)) else {
            Issue.record("nothing is sent after the trial")
            return
        }
        var isWaiting = false
        if case .waiting = calls.admit(at: .seconds(3)) { isWaiting = true }
        #expect(isWaiting == (end == "cancelled"))
    }

    @Test mutating func answersToEarlierQueriesChangeNothing() {
        let sent = Duration.milliseconds(990)
        for _ in 0..<3 { #expect({ if case .granted = calls.admit(at: sent) { true } else { false } }()) }
        #expect(send(at: .seconds(1), .answered(Self.refusal)))
        end(sent: sent, .answered(Self.refusal), at: .milliseconds(1020))
        end(sent: sent, .answered(nil), at: .milliseconds(1030))
        end(sent: sent, .failed, at: .milliseconds(1040))
        #expect(calls.remaining(at: .milliseconds(1010)) == .milliseconds(250))
        guard case .paused = calls.admit(at: .milliseconds(1100)) else {
            Issue.record("an old answer ends the pause")
            return
        }
    }
}
