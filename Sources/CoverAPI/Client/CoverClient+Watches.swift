package import CoverModel
import Synchronization

/// What a watch engine needs of the client.
extension CoverClient {
    /// How many looks of watches may go now; the others are to ask again.
    package func turns(_ wanted: Int) -> Turns { limiter.take(wanted) }

    package func giveBack(_ turns: Int) { limiter.giveBack(turns) }

    /// As ``poll(_:)``, with a turn of ``turns(_:)``, which is given back where it is not needed.
    package func pollInTurn(_ taskId: TaskID) async throws -> Reading {
        try await poll(taskId, priority: .background, hasTurn: true).withoutRecord
    }

    /// Has a function hear what callers that wait have read of a task, in ``status(of:maxAge:includeRecord:deadline:)`` and what
    /// uses it; and of the host alone, where it throttles another query.
    package func onReading(_ reader: @escaping @Sendable (_ taskId: TaskID?, Reading) -> Void) {
        self.reader.withLock { $0 = reader }
    }

    func report(_ reading: Reading, of taskId: TaskID?) {
        reader.withLock(\.self)?(taskId, reading.withoutRecord)
    }
}

extension Reading {
    fileprivate var withoutRecord: Reading { Reading(number: number, result.map { $0.with(record: false) }) }
}
