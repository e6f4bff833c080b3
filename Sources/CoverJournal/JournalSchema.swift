import CoverWatch
import GRDB

/// The tables of a journal, and how those of an older version become those of this one.
enum JournalSchema {
    /// Tells our files from other people's: "CvrB".
    static let applicationID: Int32 = 0x4376_7242

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: watches and entries") { db in
            try db.execute(
                sql: """
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
                        json TEXT NOT NULL -- a StatusChange or a WatchEnd
                    );
                    CREATE INDEX entryOfTask ON entry (taskId);
                    """
            )
            let epoch = String(UInt64.random(in: 0 ... .max), radix: 16)
            try db.execute(sql: "INSERT INTO journal VALUES (?)", arguments: [epoch])
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        return migrator
    }

    /// Refuses files that are not ours, before anything in them is changed.
    static func check(_ db: Database, path: String) throws {
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        if !isEmpty, try Int32.fetchOne(db, sql: "PRAGMA application_id") != applicationID {
            throw JournalError(foreign: path)
        }
        if try String.fetchOne(db, sql: "PRAGMA quick_check(1)") != "ok" { throw JournalError(corrupt: path) }
        if try migrator.hasBeenSuperseded(db) { throw JournalError(tooNew: path) }
    }
}
