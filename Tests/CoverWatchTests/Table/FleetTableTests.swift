import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Tests how a table handles the events of its fleet.
struct FleetTableTests {
    private static func shared(
        _ value: Int64,
        faults: Int = 0,
        failingFor: Duration = .zero,
        age: Duration = .zero
    ) -> SharedReading {
        SharedReading(
            number: ReadingNumber(epoch: 1, value: value),
            faults: faults,
            failingFor: failingFor,
            age: age
        )
    }

    /// A table that watches one task. At moment 0 the table has read the task once, as reading number 10 of the fleet.
    private static func table(
        interval: Duration = .seconds(10),
        chance: Double = 0.5,
        delay: Duration = .zero
    ) -> Simulation {
        var simulation = Simulation()
        simulation.table.handle(
            .timed(FleetTiming(chance: { _, _ in chance }, delay: { _ in delay })),
            at: simulation.moment
        )
        simulation.watch(["t"], interval: interval)
        for query in simulation.tick() { simulation.answer(query, .success(.scripted("t", .pending)), Self.shared(10)) }
        return simulation
    }

    @Test func aReadingOfAnotherBridgeIsEmittedAndMovesTheNextQuery() {
        var simulation = Self.table()
        #expect(simulation.events() == ["1 t nil>pending"])
        simulation.now = .seconds(6)
        simulation.handle("t", .success(.scripted("t", .generating)), Self.shared(11))
        #expect(simulation.events() == ["2 t pending>generating"])
        // The next poll is due an interval after second 6. Random delays have the middle of their range in this test.
        #expect(simulation.table.nextWake == .seconds(16))
        #expect(simulation.table.statistics(at: simulation.now).polls == 1)
    }

    @Test func anAnnouncedReadingInThePlaceOfAQueryCountsAsSaved() {
        var simulation = Self.table()
        // A bridge that polls more often announces readings between two queries of this bridge.
        for (second, number) in [(3, 11), (6, 12)] as [(Int64, Int64)] {
            simulation.now = .seconds(second)
            simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(number))
        }
        #expect(simulation.table.statistics(at: simulation.now).saved == 0)
        // The reading arrives about when the query of this bridge is due. The same reading then arrives again.
        for _ in 0..<2 {
            simulation.now = .seconds(15)
            simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(13))
        }
        simulation.handle("other", .success(.scripted("other", .pending)), Self.shared(14))
        #expect(simulation.table.statistics(at: simulation.now).saved == 1)
        // A query that is under way gets the reading in its own answer, so the announcement saves no query.
        simulation.now = .seconds(25)
        #expect(simulation.tick().count == 1)
        simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(15))
        #expect(simulation.table.statistics(at: simulation.now).saved == 1)
    }

    @Test func theAgeOfAReadingCountsAgainstTheInterval() {
        var simulation = Self.table()
        simulation.now = .seconds(6)
        simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(11, age: .seconds(4)))
        #expect(simulation.table.nextWake == .seconds(12))
    }

    @Test func aBridgesOwnReadingCausesNoSecondChange() {
        var simulation = Self.table()
        _ = simulation.events()
        simulation.now = .seconds(1)
        simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(10))
        #expect(simulation.events().isEmpty)
        #expect(simulation.table.nextWake == .seconds(10))
    }

    @Test func anOlderReadingIsDroppedFromAnySource() {
        var simulation = Self.table()
        simulation.now = .seconds(10)
        let queries = simulation.tick()
        simulation.handle("t", .success(.scripted("t", .generating)), Self.shared(12))
        _ = simulation.events()
        for query in queries { simulation.answer(query, .success(.scripted("t", .pending)), Self.shared(11)) }
        simulation.handle("t", .success(.scripted("t", .failed)), Self.shared(9))
        #expect(simulation.events().isEmpty)
        #expect(simulation.table.nextWake == .seconds(20))
    }

    /// After a reset of the store, the numbers of readings begin again at a low number.
    @Test func aReadingOfAnotherEpochIsAccepted() {
        var simulation = Self.table()
        _ = simulation.events()
        let number = ReadingNumber(epoch: 2, value: 1)
        simulation.handle("t", .success(.scripted("t", .generating)), SharedReading(number: number))
        #expect(simulation.events() == ["2 t pending>generating"])
    }

    @Test func aFinalReadingOfAnotherBridgeEndsTheWatchOnce() {
        var simulation = Self.table()
        _ = simulation.events()
        simulation.now = .seconds(10)
        let queries = simulation.tick()
        simulation.handle("t", .success(.scripted("t", .succeeded)), Self.shared(11))
        for query in queries { simulation.answer(query, .success(.scripted("t", .succeeded)), Self.shared(12)) }
        #expect(simulation.events() == ["2 t pending>succeeded!"])
        #expect(simulation.table.statistics(at: simulation.now).isEmpty)
    }

    @Test func allBridgesComputeTheSameMomentAndLetOthersGoFirst() {
        for chance in [0, 0.25, 0.75] {
            let moments = [Duration.zero, .milliseconds(120)].map {
                Self.table(chance: chance, delay: $0).table.nextWake
            }
            #expect(moments == [.seconds(9 + 2 * chance), .seconds(9 + 2 * chance) + .milliseconds(120)])
        }
    }

    @Test func aDeferredQueryGoesBackAndNoOtherOvertakesIt() {
        var simulation = Self.table()
        simulation.watch(["a", "b"], interval: .seconds(10))
        let queries = simulation.tick()
        #expect(queries.map(\.taskId) == ["a", "b"])
        for query in queries { simulation.table.deferred(query.id, until: .seconds(3), at: simulation.moment) }
        #expect(simulation.table.nextWake == .seconds(3))
        #expect(simulation.tick().isEmpty)
        simulation.now = .seconds(3)
        #expect(Set(simulation.tick().map(\.taskId)) == ["a", "b"])
    }

    @Test func aDeferredQueryIsNotDueIfAnotherBridgeHasReadTheTask() {
        var simulation = Self.table()
        simulation.now = .seconds(10)
        let queries = simulation.tick()
        simulation.handle("t", .success(.scripted("t", .pending)), Self.shared(11))
        for query in queries { simulation.table.deferred(query.id, until: .seconds(11), at: simulation.moment) }
        simulation.now = .seconds(15)
        #expect(simulation.tick().isEmpty)
        #expect(simulation.table.nextWake == .seconds(20))
    }

    @Test func theFleetsPauseHoldsAllQueriesAndAnEarlierThrottlingAddsNothing() {
        var simulation = Self.table()
        simulation.now = .seconds(10)
        let queries = simulation.tick()
        _ = simulation.events()
        simulation.table.handle(.paused(until: .seconds(15), isMaintenance: false), at: simulation.moment)
        let throttling = CoverError(.rateLimited, "slower", retryAfter: 300)
        for query in queries { simulation.answer(query, .failure(throttling), nil) }
        #expect(simulation.events() == ["health rateLimited"])
        #expect(simulation.table.nextWake == .seconds(15))
        simulation.watch(["a", "b", "c"], interval: .seconds(10))
        #expect(simulation.tick().isEmpty)
        // The table makes one query at a time until it knows that the API answers again.
        simulation.now = .seconds(15)
        let trial = simulation.tick()
        #expect(trial.count == 1)
        for query in trial { simulation.table.deferred(query.id, until: .seconds(16), at: simulation.moment) }
        #expect(simulation.tick().isEmpty)
        simulation.table.handle(.resumed, at: simulation.moment)
        #expect(simulation.events() == ["health ok"])
        #expect(simulation.tick().count == 4)
    }

    @Test func maintenanceIsReportedAsSuch() {
        var simulation = Self.table()
        _ = simulation.events()
        simulation.table.handle(.paused(until: .seconds(30), isMaintenance: true), at: simulation.moment)
        #expect(simulation.events() == ["health maintenance"])
        #expect(simulation.table.health.retryAt == simulation.start.advanced(by: .seconds(30)))
    }

    /// A bridge that starts late polls as rarely as the bridges that have seen the faults.
    @Test func faultsThatOtherBridgesHaveSeenCount() {
        var simulation = Self.table(interval: .seconds(2), chance: 1)
        let fault = CoverError(.serverError, "broken", apiCode: 500)
        simulation.handle("t", .failure(fault), Self.shared(11, faults: 4))
        // The backoff begins with two seconds and is doubled three times.
        #expect(simulation.table.nextWake == .seconds(16))
    }

    /// The pause that another bridge's reading sets remains, even if a query of this bridge was in flight at that time.
    @Test func aQueryWithoutAChangeKeepsTheBackoff() {
        var simulation = Self.table(interval: .seconds(2), chance: 1)
        simulation.now = .seconds(3)
        let queries = simulation.tick()
        let fault = CoverError(.serverError, "broken", apiCode: 500)
        simulation.handle("t", .failure(fault), Self.shared(11, faults: 4))
        for query in queries { simulation.answer(query, .failure(fault), Self.shared(11, faults: 4)) }
        #expect(simulation.table.nextWake == .seconds(19))
    }

    /// If the grace periods ended separately, each bridge would poll once more at the end of its own period.
    @Test func theGraceOfAnInvisibleTaskEndsInAllBridgesTogether() {
        let unknown = CoverError(.taskNotFound, "unknown", apiCode: 422)
        var simulation = Simulation()
        simulation.watch(["t"], interval: .seconds(30))
        for query in simulation.tick() { simulation.answer(query, .failure(unknown), Self.shared(1, faults: 1)) }
        simulation.now = .seconds(60)
        let before = Self.shared(2, faults: 2, failingFor: .seconds(80))
        simulation.handle("t", .failure(unknown), before)
        #expect(simulation.events().isEmpty)
        let late = Self.shared(3, faults: 3, failingFor: .seconds(89))
        simulation.handle("t", .failure(unknown), late)
        #expect(simulation.events() == ["1 t ended taskNotFound"])
    }

    @Test func eachCauseOfAnAbsentStoreAndItsReturnAreReportedOnce() {
        var simulation = Self.table()
        _ = simulation.events()
        for event in [FleetEvent.alone(rate: 1), .degraded("gone"), .degraded("gone"), .together, .together] {
            simulation.table.handle(event, at: simulation.moment)
        }
        #expect(simulation.events() == ["health degraded", "health ok"])
        for event in [FleetEvent.degraded("gone"), .degraded("locked"), .degraded("locked"), .together] {
            simulation.table.handle(event, at: simulation.moment)
        }
        #expect(simulation.events() == ["health degraded", "health degraded", "health ok"])
    }

    /// The fault was not one of the API, so the report of its end says nothing of the API.
    @Test func theReturnOfTheStoreIsReportedAsSuch() {
        var simulation = Self.table()
        _ = simulation.events()
        simulation.table.handle(.degraded("gone"), at: simulation.moment)
        simulation.table.handle(.together, at: simulation.moment)
        let messages = simulation.table.takeActions().compactMap {
            if case .emit(.healthChanged(let health)) = $0 { health.message } else { nil }
        }
        #expect(messages == ["gone", "The store of the fleet answers again."])
    }

    @Test func throttlingIsReportedBeforeAnAbsentStore() {
        var simulation = Self.table()
        _ = simulation.events()
        simulation.table.handle(.paused(until: .seconds(5), isMaintenance: false), at: simulation.moment)
        simulation.table.handle(.degraded("gone"), at: simulation.moment)
        simulation.table.handle(.resumed, at: simulation.moment)
        simulation.table.handle(.together, at: simulation.moment)
        #expect(simulation.events() == ["health rateLimited", "health degraded", "health ok"])
    }
}

extension Simulation {
    fileprivate mutating func answer(
        _ query: WatchTable.Query,
        _ result: Result<CoverStatus, CoverError>,
        _ shared: SharedReading?
    ) {
        underWay.removeAll { $0.id == query.id }
        table.reading(query.id, Reading(number: numbers[query.id] ?? 0, result, shared: shared), at: moment)
    }

    fileprivate mutating func handle(
        _ taskId: TaskID,
        _ result: Result<CoverStatus, CoverError>,
        _ shared: SharedReading
    ) {
        table.handle(.reading(taskId, Reading(number: 0, result, shared: shared)), at: moment)
    }
}
