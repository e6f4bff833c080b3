import CoverModel
import SQLite

/// The statements about the tasks of a fleet.
extension Connection {
    private static let columns = """
        taskId, claimFence, claimBridge, claimedAt, claimLength, number, content, isFinal, faults, readAt, failingFor, change
        """

    func task(_ taskId: TaskID, of fleet: String) throws -> FleetTask? {
        try rows(
            "SELECT \(Self.columns) FROM task WHERE fleet = ? AND taskId = ?",
            .text(fleet),
            .text(taskId.text)
        ) { Self.task($0) }
        .first
    }

    /// The tasks that were changed after the change with this number, in the order of their last changes.
    func tasks(changedAfter change: Int64, of fleet: String) throws -> [(TaskID, FleetTask, change: Int64)] {
        try rows(
            "SELECT \(Self.columns) FROM task WHERE fleet = ? AND change > ? ORDER BY change",
            .text(fleet),
            .integer(change)
        ) { (TaskID($0.text(0)), Self.task($0), $0.integer(11)) }
    }

    /// The tasks with the most recent readings. The most recent one comes first.
    func latestTasks(_ count: Int, of fleet: String) throws -> [(TaskID, FleetTask)] {
        try rows(
            "SELECT \(Self.columns) FROM task WHERE fleet = ? AND number IS NOT NULL ORDER BY number DESC LIMIT ?",
            .text(fleet),
            .integer(Int64(max(count, 0)))
        ) { (TaskID($0.text(0)), Self.task($0)) }
    }

    private static func task(_ row: borrowing Row) -> FleetTask {
        var task = FleetTask()
        if !row.isNull(1) {
            let span = Span(from: row.duration(3), for: row.duration(4))
            task.claim = FleetTask.Claim(fence: row.integer(1), bridge: row.bridge(2), span: span)
        }
        if !row.isNull(5) {
            task.reading = FleetTask.Reading(
                value: row.integer(5),
                content: StoredReading(text: row.text(6)),
                isFinal: row.integer(7) != 0,
                faults: row.integer(8),
                readAt: row.duration(9),
                failingFor: row.isNull(10) ? nil : row.duration(10)
            )
        }
        return task
    }

    func store(_ task: FleetTask, as taskId: TaskID, of fleet: String, change: Int64) throws {
        let (claim, reading) = (task.claim, task.reading)
        try run(
            """
            INSERT OR REPLACE INTO task (fleet, taskId, change, claimFence, claimBridge, claimedAt, claimLength, number, content,
                isFinal, faults, readAt, failingFor, expiresAt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(fleet),
            .text(taskId.text),
            .integer(change),
            SQLiteValue(claim?.fence),
            claim.map { SQLiteValue($0.bridge) } ?? .null,
            SQLiteValue(claim?.span.start),
            SQLiteValue(claim?.span.length),
            SQLiteValue(reading?.value),
            SQLiteValue(reading?.content.text),
            SQLiteValue(reading.map { $0.isFinal ? 1 : 0 }),
            SQLiteValue(reading?.faults),
            SQLiteValue(reading?.readAt),
            SQLiteValue(reading?.failingFor),
            SQLiteValue(task.expiresAt)
        )
    }

    /// Removes the tasks whose data has expired.
    func pruneTasks(of fleet: String, at now: Duration) throws {
        try run("DELETE FROM task WHERE fleet = ? AND expiresAt <= ?", .text(fleet), SQLiteValue(now))
    }
}
