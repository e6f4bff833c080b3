package import CoverModel
import Synchronization

/// The functions that a watch engine needs.
extension CoverClient {
    /// How many of the wanted polls may be sent now. The other polls must ask for a turn again.
    package func turns(_ wanted: Int) -> Turns { limiter.take(wanted) }

    package func giveBack(_ turns: Int) { limiter.giveBack(turns) }

    /// Like ``poll(_:)``, with a turn that ``turns(_:)`` has granted. An unused turn is given back.
    ///
    /// - Parameter freshness: which reading of another bridge in the fleet can replace the query.
    /// - Throws: ``CoverModel/FleetDeferral`` if the fleet defers the query.
    package func pollInTurn(_ taskId: TaskID, _ freshness: FleetFreshness = .own) async throws -> Reading {
        try await poll(taskId, priority: .background, freshness, hasTurn: true).withoutRecord
    }

    /// Sets a function that receives the readings of waiting callers: those of
    /// ``status(of:maxAge:includeRecord:deadline:)`` and its users. It also receives readings without a task, when the
    /// host throttles another query.
    package func onReading(_ reader: @escaping @Sendable (_ taskId: TaskID?, Reading) -> Void) {
        self.reader.withLock { $0 = reader }
    }

    func report(_ reading: Reading, of taskId: TaskID?) {
        reader.withLock(\.self)?(taskId, reading.withoutRecord)
    }
}

extension Reading {
    fileprivate var withoutRecord: Reading {
        Reading(number: number, result.map { $0.with(record: false) }, shared: shared)
    }
}
