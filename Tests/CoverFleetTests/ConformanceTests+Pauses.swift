import CoverModel
import TestSupport
import Testing

@testable import CoverFleet

private let tooMany = CoverError(.rateLimited, "too many", retryAfter: 8, httpStatus: 429)

/// Tests of the pauses that the API asks for.
extension ConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func onePauseStopsAllBridgesAndOneQueryEndsIt(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let pause = try #require(try await one.read("a", .failure(tooMany))?.pause)
        #expect(pause.cause == .rateLimited)
        #expect(pause.remaining >= .seconds(8))
        #expect(pause.remaining <= .seconds(8.8))
        #expect(try await two.look("b").wait == FleetWait(.paused(.rateLimited), pause.remaining))
        #expect(try await two.take(.interactive).wait?.reason == .paused(.rateLimited))
        #expect(try await two.beat().pause == pause)
        fleet.time.advance(by: pause.remaining - .milliseconds(1))
        for bridge in [one, two] { _ = try await bridge.beat() }
        #expect(try await one.look("a").wait?.delay == .milliseconds(1))
        fleet.time.advance(by: .milliseconds(1))

        let trial = try #require(try await two.look("b").claim)
        #expect(trial.isTrial)
        #expect(try await one.look("a").wait == FleetWait(.trial(.rateLimited), .seconds(1)))
        #expect(try await one.take(.interactive).wait?.reason == .trial(.rateLimited))
        let receipt = try await two.finish(trial, FleetOutcome(.success(.scripted("b", .pending))))
        #expect(receipt.pause == nil)
        let next = try #require(try await one.look("a").claim)
        #expect(!next.isTrial)
    }

    @Test(
        arguments: StoreKind.allCases,
        [FleetOutcome.dropped, .failed, .answered(.failure(CoverError(.serverError, "broken", httpStatus: 500)))]
    )
    func aTrialWithoutAResultIsFollowedByAnother(_ kind: StoreKind, _ outcome: FleetOutcome) async throws {
        let fleet = try kind.fleet()
        let (one, two) = try await pausedPair(fleet)
        let trial = try #require(try await one.take(.background).claim)
        _ = try await one.finish(trial, outcome)
        let second = try #require(try await two.look("b").claim)
        #expect(second.isTrial)
        #expect(try await one.look("c").wait?.reason == .trial(.rateLimited))
        _ = try await two.finish(second, .answered(.failure(CoverError(.taskNotFound, "no", httpStatus: 404))))
        #expect(try await one.look("c").claim?.isTrial == false)
    }

    @Test(arguments: StoreKind.allCases)
    func theTrialOfADeadBridgeIsFree(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = try await pausedPair(fleet)
        _ = try await one.look("a")
        for _ in 0..<4 {
            fleet.time.advance(by: .seconds(1))
            #expect(try await two.look("b").wait?.reason == .trial(.rateLimited))
        }
        fleet.time.advance(by: .seconds(1))
        #expect(try await two.look("b").claim?.isTrial == true)
    }

    @Test(arguments: StoreKind.allCases)
    func pausesGrowFromOneToTheNext(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let silent = CoverError(.rateLimited, "too many", httpStatus: 429)
        var pauses: [Double] = []
        for _ in 0..<9 {
            let claim = try #require(try await one.take(.background).claim)
            let pause = try #require(try await one.finish(claim, .throttled(silent)).pause)
            pauses.append(pause.remaining.inSeconds)
            fleet.time.advance(by: pause.remaining)
        }
        for (pause, plain) in zip(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600] as [Double]) {
            #expect(pause >= plain)
            #expect(pause <= plain * 1.1)
        }
    }

    /// A pause that begins soon after the end of another pause counts as its repetition, so it is longer.
    @Test(arguments: StoreKind.allCases, [(59.0, 10.0), (61.0, 5.0)])
    func aPauseSoonAfterAnotherIsLonger(_ kind: StoreKind, _ form: (rest: Double, length: Double)) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let silent = CoverError(.rateLimited, "too many", httpStatus: 429)
        let first = try #require(try await one.take(.background).claim)
        let pause = try #require(try await one.finish(first, .throttled(silent)).pause)
        fleet.time.advance(by: pause.remaining)
        let trial = try #require(try await one.take(.background).claim)
        #expect(try await one.finish(trial, .succeeded).pause == nil)
        fleet.time.advance(by: .seconds(form.rest))
        let second = try #require(try await one.take(.background).claim)
        let length = try #require(try await one.finish(second, .throttled(silent)).pause).remaining.inSeconds
        #expect(length >= form.length)
        #expect(length <= form.length * 1.1 + 0.01)
    }

    /// Only the answer to the trial shows whether a pause is over.
    @Test(arguments: StoreKind.allCases)
    func anAnswerToAQueryFromBeforeAPauseDoesNotEndIt(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let slow = try #require(try await two.look("slow").claim)
        let pause = try #require(try await one.read("a", .failure(tooMany))?.pause)
        fleet.time.advance(by: pause.remaining)
        _ = try await two.beat()
        #expect(try await one.look("b").claim?.isTrial == true)
        #expect(try await two.finish(slow, FleetOutcome(.success(.scripted("slow", .pending)))).pause != nil)
        #expect(try await two.look("c").wait?.reason == .trial(.rateLimited))
    }

    @Test(arguments: StoreKind.allCases)
    func maintenancePausesForLonger(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let receipt = try await one.read("a", .failure(CoverError(.maintenance, "later", httpStatus: 455)))
        #expect(receipt?.pause?.cause == .maintenance)
        #expect(try #require(receipt?.pause?.remaining) >= .seconds(30))
    }

    @Test(arguments: StoreKind.allCases)
    func aQueryFromBeforeAPauseCausesNoSecondPause(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let first = try #require(try await one.look("a").claim)
        let second = try #require(try await two.look("b").claim)
        let third = try #require(try await two.look("c").claim)
        let pause = try #require(try await one.finish(first, .throttled(tooMany)).pause)
        fleet.time.advance(by: .seconds(1))
        // The second query ends during the pause. The third query ends after the pause.
        let still = try await two.finish(second, .throttled(tooMany)).pause
        #expect(still?.remaining == pause.remaining - .seconds(1))
        fleet.time.advance(by: pause.remaining)
        let trial = try #require(try await one.take(.background).claim)
        _ = try await one.finish(trial, .succeeded)
        #expect(try await two.finish(third, .throttled(tooMany)).pause == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aClockThatStepsFreezesNoPause(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let pause = try #require(try await one.read("a", .failure(tooMany))?.pause)
        fleet.time.advance(by: .seconds(-86_400))
        #expect(try await one.look("a").wait == FleetWait(.paused(.rateLimited), pause.remaining))
        fleet.time.advance(by: pause.remaining)
        #expect(try await one.look("a").claim?.isTrial == true)
    }

    /// Two bridges after a pause has ended and before the trial.
    private func pausedPair(_ fleet: any TestedFleet) async throws -> (any FleetStore, any FleetStore) {
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let pause = try #require(try await one.read("a", .failure(tooMany))?.pause)
        fleet.time.advance(by: pause.remaining)
        return (one, two)
    }
}
