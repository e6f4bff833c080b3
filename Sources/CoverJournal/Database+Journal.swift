import CoverAPI
import CoverWatch
import GRDB
import Jansson

/// The statements of a journal.
extension Database {
    func lastSequence() throws -> Int64 {
        try Int64.fetchOne(self, sql: "SELECT max(sequence) FROM entry") ?? 0
    }

    func perform(_ operation: JournalOperation, at now: Timestamp) throws {
        switch operation {
        case .store(let record): try store(record)
        case .forget(let taskId): try forget(taskId)
        case .append(let entry): try append(entry, at: now)
        }
    }

    private func store(_ record: WatchRecord) throws {
        let statement = try cachedStatement(
            sql: """
                INSERT INTO watch (taskId, interval, startedAt, deadline, last) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (taskId) DO UPDATE SET interval = excluded.interval, startedAt = excluded.startedAt,
                    deadline = excluded.deadline, last = excluded.last
                """
        )
        try statement.execute(arguments: [
            record.taskId.text, record.interval.wholeMilliseconds, record.startedAt.milliseconds,
            record.deadline?.milliseconds, record.last?.jsonText,
        ])
    }

    private func forget(_ taskId: TaskID) throws {
        try cachedStatement(sql: "DELETE FROM watch WHERE taskId = ?").execute(arguments: [taskId.text])
    }

    private func append(_ entry: JournalEntry, at now: Timestamp) throws {
        try cachedStatement(sql: "INSERT INTO entry (sequence, taskId, recordedAt, json) VALUES (?, ?, ?, ?)")
            .execute(arguments: [entry.sequence, entry.taskId.text, now.milliseconds, entry.jsonText])
        if entry.endsWatch {
            try forget(entry.taskId)
        } else if case .changed(let change) = entry {
            try cachedStatement(sql: "UPDATE watch SET last = ? WHERE taskId = ?")
                .execute(arguments: [change.status.jsonText, entry.taskId.text])
        }
    }

    func watches() throws -> [WatchRecord] {
        let rows = try Row.fetchAll(
            self,
            sql: "SELECT taskId, interval, startedAt, deadline, last FROM watch ORDER BY rowid"
        )
        return rows.map { row in
            let deadline: Int64? = row["deadline"]
            let last: String? = row["last"]
            return WatchRecord(
                taskId: TaskID(row["taskId"] as String),
                interval: .milliseconds(row["interval"] as Int64),
                startedAt: Timestamp(milliseconds: row["startedAt"]),
                deadline: deadline.map(Timestamp.init(milliseconds:)),
                last: last.flatMap(CoverStatus.init(jsonText:))
            )
        }
    }

    func finalStatus(of taskId: TaskID) throws -> CoverStatus? {
        let statement = try cachedStatement(
            sql: "SELECT json FROM entry WHERE taskId = ? ORDER BY sequence DESC LIMIT 1"
        )
        let json = try String.fetchOne(statement, arguments: [taskId.text])
        guard case .changed(let change) = json.flatMap(JournalEntry.init(jsonText:)), change.final else { return nil }
        return change.status
    }

    /// Forgets the entries of before `limit`, save the newest, which carries the numbering.
    func prune(before limit: Timestamp) throws {
        try execute(
            sql: "DELETE FROM entry WHERE recordedAt < ? AND sequence < (SELECT max(sequence) FROM entry)",
            arguments: [limit.milliseconds]
        )
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
