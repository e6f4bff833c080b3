import CoverModel
import Testing

@testable import CoverAPI

/// Tests the pause of calls after a 429 or 455. The jitter is the half, so the pauses are 0.25, 0.5, 1, 2 and 4 seconds.
struct ThrottledCallsTests {
    private static let refusal = CoverError(.rateLimited, "slow")
    private var calls = ThrottledCalls(policy: RetryPolicy())

    /// What the API does with a query.
    private enum End {
        case refused(CoverError)
        case answered
        case failed
    }

    /// Sends a query at a moment. It ends 10 ms later.
    private mutating func send(at moment: Duration, _ end: End) -> Bool {
        guard case .granted = calls.admit(at: moment) else { return false }
        self.end(sent: moment, end, at: moment + .milliseconds(10))
        return true
    }

    private mutating func end(sent: Duration, _ end: End, at now: Duration) {
        var throttling: CoverError?
        if case .refused(let error) = end { throttling = error }
        var hasAnswer = true
        if case .failed = end { hasAnswer = false }
        calls.ended(sent: sent, throttling, hasAnswer: hasAnswer, at: now, random: 0.5)
    }

    @Test mutating func repeatedRefusalsLengthenThePause() {
        var moment = Duration.seconds(1)
        for pause in [0.25, 0.5, 1, 2, 4, 4] {
            #expect(send(at: moment, .refused(Self.refusal)))
            moment += .milliseconds(10)
            #expect(calls.remaining(at: moment) == .seconds(pause))
            guard case .paused(let error) = calls.admit(at: moment + .seconds(pause) - .milliseconds(50)) else {
                Issue.record("a call is sent in the pause")
                return
            }
            #expect(error.error.kind == .rateLimited && error.remaining == .milliseconds(50))
            moment += .seconds(pause)
        }
        #expect(send(at: moment, .answered))
        #expect(send(at: moment + .milliseconds(10), .refused(Self.refusal)))
        #expect(calls.remaining(at: moment + .milliseconds(20)) == .milliseconds(250))
    }

    @Test mutating func thePauseOfTheAPIIsKept() {
        let refusal = CoverError(.maintenance, "closed", retryAfter: 60)
        #expect(send(at: .seconds(1), .refused(refusal)))
        guard case .paused(let pause) = calls.admit(at: .seconds(2)) else {
            Issue.record("a call is sent in the pause")
            return
        }
        #expect(pause.error.kind == .maintenance && pause.remaining == .seconds(59.01))
    }

    /// - Parameter isAnswered: whether the API answers the trial.
    @Test(arguments: [true, false])
    mutating func oneQueryTriesWhetherTheAPIAnswers(isAnswered: Bool) {
        #expect(send(at: .seconds(1), .refused(Self.refusal)))
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
        end(sent: trial, isAnswered ? .answered : .failed, at: .seconds(3))
        // After a fault of the network, another query tries.
        guard case .granted = calls.admit(at: .seconds(3)) else {
            Issue.record("nothing is sent after the trial")
            return
        }
        if case .waiting = calls.admit(at: .seconds(3)) { #expect(!isAnswered) } else { #expect(isAnswered) }
    }

    @Test mutating func answersToEarlierQueriesChangeNothing() {
        let sent = Duration.milliseconds(990)
        for _ in 0..<3 { #expect({ if case .granted = calls.admit(at: sent) { true } else { false } }()) }
        #expect(send(at: .seconds(1), .refused(Self.refusal)))
        end(sent: sent, .refused(Self.refusal), at: .milliseconds(1020))
        end(sent: sent, .answered, at: .milliseconds(1030))
        end(sent: sent, .failed, at: .milliseconds(1040))
        #expect(calls.remaining(at: .milliseconds(1010)) == .milliseconds(250))
        guard case .paused = calls.admit(at: .milliseconds(1100)) else {
            Issue.record("an old answer ends the pause")
            return
        }
    }
}
