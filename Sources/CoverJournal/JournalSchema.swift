import CoverModel
import CoverWatch
import SQLite

/// The tables of a journal, and the steps that bring older tables up to date.
enum JournalSchema {
    /// Marks files of cover-bridge: "CvrB".
    static let applicationID: Int64 = 0x4376_7242

    /// A step from one version of the tables to the next.
    private struct Migration: Sendable {
        let name: String
        let apply: @Sendable (Connection) throws -> Void
    }

    /// The steps in order. A released step is never changed.
    private static let migrations = [
        Migration(name: "1: watches and entries") { connection in
            try connection.execute(
                """
                CREATE TABLE journal (epoch TEXT NOT NULL);
                CREATE TABLE watch (
                    taskId TEXT NOT NULL UNIQUE,
                    interval INTEGER NOT NULL, -- milliseconds
                    startedAt INTEGER NOT NULL, -- milliseconds since 1970, as all times here
                    deadline INTEGER,
                    last TEXT -- the CoverStatus sent last
                );
                CREATE TABLE entry (
                    sequence INTEGER PRIMARY KEY,
                    taskId TEXT NOT NULL,
                    recordedAt INTEGER NOT NULL,
                    json TEXT NOT NULL -- a StatusChange or a WatchEnded
                );
                CREATE INDEX entryOfTask ON entry (taskId);
                PRAGMA application_id = \(applicationID);
                """
            )
            try connection.run("INSERT INTO journal VALUES (?)", .text(newEpoch))
        }
    ]

    /// Tables that older versions can ignore. They are no step, because an older version refuses a file with a step that
    /// it does not know.
    private static let additions = """
        CREATE TABLE IF NOT EXISTS dismissal (
            taskId TEXT NOT NULL UNIQUE,
            sequence INTEGER NOT NULL -- the task's newest entry at that time
        );
        """

    /// Refuses files of other programs before anything in them is changed.
    static func check(_ connection: Connection, path: String) throws {
        let isEmpty = try connection.integers("SELECT count(*) FROM sqlite_schema") == [0]
        if !isEmpty, try connection.integers("PRAGMA application_id") != [applicationID] {
            throw JournalError(foreign: path)
        }
        if try connection.texts("PRAGMA quick_check(1)") != ["ok"] { throw JournalError(corrupt: path) }
        if try !appliedNames(connection).isSubset(of: migrations.map(\.name)) { throw JournalError(tooNew: path) }
    }

    /// Takes the steps that the file does not have yet.
    static func migrate(_ connection: Connection) throws {
        try connection.transaction {
            // GRDB gave the table this name in versions up to 0.1.0. With the same name, each version opens the other's
            // files.
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"
            )
            let applied = try appliedNames(connection)
            for migration in migrations where !applied.contains(migration.name) {
                try migration.apply(connection)
                try connection.run("INSERT INTO grdb_migrations VALUES (?)", .text(migration.name))
            }
            try connection.execute(additions)
        }
    }

    /// Begins a new epoch, because the numbers of the old one may come again for other changes.
    static func renewEpoch(_ connection: Connection) throws {
        try connection.run("UPDATE journal SET epoch = ?", .text(newEpoch))
    }

    private static var newEpoch: String { String(UInt64.random(in: 0 ... .max), radix: 16) }

    private static func appliedNames(_ connection: Connection) throws -> Set<String> {
        let tables = try connection.integers("SELECT 1 FROM sqlite_schema WHERE name = 'grdb_migrations'")
        guard !tables.isEmpty else { return [] }
        return Set(try connection.texts("SELECT identifier FROM grdb_migrations"))
    }
}
