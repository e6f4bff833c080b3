import CoverModel
import CoverWatch
import Jansson
import SQLite

/// The statements of a journal.
extension Connection {
    func lastSequence() throws -> Int64 {
        try integers("SELECT max(sequence) FROM entry").first ?? 0
    }

    func epoch() throws -> String? {
        try texts("SELECT epoch FROM journal").first
    }

    func perform(_ operation: JournalOperation, at now: Timestamp) throws {
        switch operation {
        case .store(let record): try store(record)
        case .forget(let taskId): try forget(taskId)
        case .dismiss(let taskId): try dismiss(taskId)
        case .append(let encoded): try append(encoded, at: now)
        }
    }

    private func store(_ record: WatchRecord) throws {
        try run(
            """
            INSERT INTO watch (taskId, interval, startedAt, deadline, last) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (taskId) DO UPDATE SET interval = excluded.interval, startedAt = excluded.startedAt,
                deadline = excluded.deadline, last = excluded.last
            """,
            .text(record.taskId.text),
            .integer(record.interval.wholeMilliseconds),
            .integer(record.startedAt.milliseconds),
            SQLiteValue(record.deadline?.milliseconds),
            SQLiteValue(record.last?.jsonText)
        )
    }

    private func forget(_ taskId: TaskID) throws {
        try run("DELETE FROM watch WHERE taskId = ?", .text(taskId.text))
    }

    private func dismiss(_ taskId: TaskID) throws {
        try run(
            """
            INSERT OR REPLACE INTO dismissal (taskId, sequence)
            SELECT taskId, max(sequence) FROM entry WHERE taskId = ? GROUP BY taskId
            """,
            .text(taskId.text)
        )
    }

    func dismissals() throws -> [(TaskID, Int64)] {
        try rows("SELECT taskId, sequence FROM dismissal") { (TaskID($0.text(0)), $0.integer(1)) }
    }

    private func append(_ encoded: EncodedEntry, at now: Timestamp) throws {
        let entry = encoded.entry
        try run(
            "INSERT INTO entry (sequence, taskId, recordedAt, json) VALUES (?, ?, ?, ?)",
            .integer(entry.sequence),
            .text(entry.taskId.text),
            .integer(now.milliseconds),
            .text(encoded.json.jsonText)
        )
        if entry.endsWatch {
            try forget(entry.taskId)
        } else if let status = encoded.status {
            try run("UPDATE watch SET last = ? WHERE taskId = ?", .text(status.jsonText), .text(entry.taskId.text))
        }
    }

    func watches() throws -> [WatchRecord] {
        try rows("SELECT taskId, interval, startedAt, deadline, last FROM watch ORDER BY rowid") { row in
            WatchRecord(
                taskId: TaskID(row.text(0)),
                interval: .milliseconds(row.integer(1)),
                startedAt: Timestamp(milliseconds: row.integer(2)),
                deadline: row.isNull(3) ? nil : Timestamp(milliseconds: row.integer(3)),
                last: row.isNull(4) ? nil : CoverStatus(jsonText: row.text(4))
            )
        }
    }

    /// The newest entry of a task, as its stored text.
    func newestEntry(of taskId: TaskID) throws -> String? {
        try rows("SELECT json FROM entry WHERE taskId = ? ORDER BY sequence DESC LIMIT 1", .text(taskId.text)) {
            $0.text(0)
        }
        .first
    }

    /// The entries after a sequence number, as their stored texts.
    func entries(after sequence: Int64, limit: Int) throws -> [String] {
        try rows(
            "SELECT json FROM entry WHERE sequence > ? ORDER BY sequence LIMIT ?",
            .integer(sequence),
            .integer(Int64(max(limit, 1)))
        ) { $0.text(0) }
    }

    /// Deletes the entries recorded before `limit`, except the newest, from which numbering continues. Dismissals of
    /// deleted entries are deleted too.
    func prune(before limit: Timestamp) throws {
        try run(
            "DELETE FROM entry WHERE recordedAt < ? AND sequence < (SELECT max(sequence) FROM entry)",
            .integer(limit.milliseconds)
        )
        try run("DELETE FROM dismissal WHERE sequence < (SELECT min(sequence) FROM entry)")
    }
}

extension JournalEntry {
    init?(jsonText: String) {
        guard let json = try? JSONValue(parsing: jsonText) else { return nil }
        self.init(json: json)
    }
}

extension CoverStatus {
    init?(jsonText: String) {
        guard let json = try? JSONValue(parsing: jsonText) else { return nil }
        self.init(json: json)
    }
}
