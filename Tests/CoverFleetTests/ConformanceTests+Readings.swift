import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverFleet

/// The conformance tests. Every store must pass them. For a new store, add a case to ``StoreKind``.
@Suite("every store", .timeLimit(.minutes(5))) struct ConformanceTests {}

/// Tests of readings.
extension ConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func allBridgesKnowTheReadingsOfEach(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        var status = CoverStatus.scripted("a", .generating)
        status.callbackUrl = "https://example.com/secret"
        status.record = try JSONValue(parsing: Array(#"{"callBackUrl": "https://example.com/secret"}"#.utf8))
        let receipt = try #require(try await one.read("a", .success(status)))
        fleet.time.advance(by: .seconds(3))

        let reading = try #require(try await two.look("a").reading)
        #expect(reading.number == receipt.number)
        #expect(reading.status?.state == .generating)
        #expect(reading.status?.callbackUrl == nil)
        #expect(reading.status?.record == nil)
        #expect(reading.age == .seconds(3))
        #expect(reading.faults == 0)
        #expect(try await two.look("a", after: reading.number).claim != nil)
        #expect(try await one.look("b").claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func numbersRiseAcrossTasksAndBridges(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let first = try await one.read("a", .success(.scripted("a", .pending)))?.number
        let second = try await two.read("b", .success(.scripted("b", .pending)))?.number
        let third = try await two.read("a", after: first, .success(.scripted("a", .succeeded)))?.number
        #expect(try #require(second).isNewer(than: first))
        #expect(try #require(third).isNewer(than: second))
        #expect(try #require(first).isNewer(than: third) == false)
        #expect(try await one.look("a", after: first).reading?.status?.state == .succeeded)
    }

    @Test(arguments: StoreKind.allCases)
    func callsAcceptReadingsByTheirAge(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        func ask(_ age: Duration, orError errorAge: Duration = .zero) async throws -> FleetAnswer {
            try await two.begin(FleetRequest("a", .within(age, orErrorWithin: errorAge), .interactive))
        }
        let claim = try #require(try await one.look("a").claim)
        #expect(try await ask(.zero).wait?.reason == .claimed)
        fleet.time.advance(by: .milliseconds(100))
        _ = try await one.finish(claim, FleetOutcome(.success(.scripted("a", .pending))))
        // The call began 100 ms ago, and the reading was made after that. So the reading is recent enough.
        #expect(try await ask(.milliseconds(100)).reading?.status?.state == .pending)
        fleet.time.advance(by: .seconds(10))
        #expect(try await ask(.seconds(11)).reading != nil)
        let second = try #require(try await ask(.seconds(10)).claim)
        _ = try await two.finish(second, .dropped)
        #expect(try await ask(.zero).claim != nil)
    }

    /// The cause of an error may be gone. So a caller that asks again gets a query, even with a long `maxAge`.
    @Test(arguments: StoreKind.allCases)
    func anErrorFromBeforeTheCallIsNoAnswer(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        for (number, error) in [CoverError.Kind.insufficientCredits, .unauthorized, .taskNotFound, .serverError]
            .enumerated()
        {
            let task = TaskID("task-\(number)")
            try await one.read(task, .failure(CoverError(error, "of a while ago")))
            fleet.time.advance(by: .seconds(2))
            func ask(orError age: Duration) async throws -> FleetAnswer {
                try await two.begin(FleetRequest(task, .within(.seconds(60), orErrorWithin: age), .interactive))
            }
            // The error was read during the call, so the call gets this error.
            #expect(try await ask(orError: .seconds(3)).reading?.error?.kind == error)
            let claim = try #require(try await ask(orError: .seconds(2)).claim)
            _ = try await two.finish(claim, FleetOutcome(.success(.scripted(task, .pending))))
            fleet.time.advance(by: .seconds(50))
            #expect(try await ask(orError: .zero).reading?.status?.state == .pending)
        }
    }

    /// If its process is stopped for a while, a watch misses announcements. The watch must not end later with an error
    /// that is over.
    @Test(arguments: StoreKind.allCases)
    func anErrorThatAWatchMissedIsOutOfDateInTime(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let first = try await one.read("a", .success(.scripted("a", .pending)))?.number
        try await two.read("a", after: first, .failure(CoverError(.insufficientCredits, "no credits")))
        fleet.time.advance(by: FleetLimits.errorAge - .milliseconds(1))
        #expect(try await one.look("a", after: first).reading?.error?.kind == .insufficientCredits)
        fleet.time.advance(by: .milliseconds(1))
        _ = try await (one.beat(), two.beat())
        #expect(try await one.look("a", after: first).claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func errorsAreReadingsWithTheirCount(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let unknown = CoverError(.taskNotFound, "no such task", httpStatus: 404, apiCode: 404)
        let first = try #require(try await one.read("a", .failure(unknown))?.number)
        fleet.time.advance(by: .seconds(30))
        let second = try #require(try await two.read("a", after: first, .failure(unknown))?.number)
        fleet.time.advance(by: .seconds(5))
        let reading = try #require(try await one.look("a", after: first).reading)
        #expect(reading.number == second)
        #expect(reading.error?.kind == .taskNotFound)
        #expect(reading.error?.apiCode == 404)
        // An unknown task is polled at its interval, so this answer does not count as a fault.
        #expect(reading.faults == 0)
        #expect(reading.failingFor == .seconds(35))

        let third = try await one.read("a", after: second, .success(.scripted("a", .pending)))?.number
        let fault = CoverError(.serverError, "broken", httpStatus: 500)
        let fourth = try await one.read("a", after: third, .failure(fault))?.number
        fleet.time.advance(by: .seconds(2))
        let fifth = try await two.read("a", after: fourth, .failure(fault))?.number
        let after = try #require(try await one.look("a", after: fourth).reading)
        #expect(after.number == fifth)
        #expect(after.faults == 2)
        #expect(after.failingFor == .seconds(2))
    }

    /// If the clock jumps forward, the time for which a task has failed grows only a little.
    @Test(arguments: StoreKind.allCases)
    func aClockThatStepsForwardEndsNoGrace(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let one = try await fleet.bridge(1)
        let unknown = CoverError(.taskNotFound, "no such task", httpStatus: 404)
        let first = try await one.read("a", .failure(unknown))?.number
        fleet.time.advance(by: .seconds(3000))
        let second = try await one.read("a", after: first, .failure(unknown))?.number
        fleet.time.advance(by: .seconds(3000))
        let third = try await one.read("a", after: second, .failure(unknown))?.number
        let reading = try #require(try await one.look("a", after: second).reading)
        #expect(reading.number == third)
        #expect(reading.failingFor == .seconds(70))
    }

    @Test(
        arguments: StoreKind.allCases,
        [.unreachable, .requestTimeout, .untrustedServer, .missingCredentials] as [CoverError.Kind]
    )
    func aFaultThatMayBeTheBridgesOwnIsNoReading(_ kind: StoreKind, _ error: CoverError.Kind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let receipt = try #require(try await one.read("a", .failure(CoverError(error, "here"))))
        #expect(receipt.number == nil)
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases, [(false, 3600), (true, 86_400)] as [(Bool, Int64)])
    func readingsExpire(_ kind: StoreKind, _ form: (Bool, Int64)) async throws {
        let (isFinal, seconds) = form
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        try await one.read("a", .success(.scripted("a", isFinal ? .succeeded : .pending)))
        fleet.time.advance(by: .seconds(seconds) - .milliseconds(1))
        #expect(try await two.look("a").reading != nil)
        fleet.time.advance(by: .milliseconds(1))
        _ = try await two.beat()
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aReadingThatIsTooLargeIsNotShared(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let (one, two) = (try await fleet.bridge(1), try await fleet.bridge(2))
        let address = "https://example.com/" + String(repeating: "x", count: FleetLimits.readingBytes)
        let status = CoverStatus.scripted("a", .succeeded, images: [address])
        #expect(try await one.read("a", .success(status))?.number == nil)
        #expect(try await two.look("a").claim != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func idsThatDifferInBytesAreDifferentTasks(_ kind: StoreKind) async throws {
        let fleet = try kind.fleet()
        let bridge = try await fleet.bridge(1)
        let ids: [TaskID] = ["café", "cafe\u{301}"]
        try await bridge.read(ids[0], .success(.scripted(ids[0], .pending)))
        #expect(try await bridge.look(ids[1]).claim != nil)
        #expect(try await bridge.look(ids[0]).reading != nil)
    }
}
