import SQLite

/// The tables of a fleet's file. Times are nanoseconds of the boot clock.
enum FleetTables {
    /// The number that marks the files of cover-bridge, in SQLite's header. Its bytes are "CvrF".
    static let applicationID: Int64 = 0x4376_7246
    static let version: Int64 = 1

    /// Creates the tables in an empty file, and refuses files of other programs.
    ///
    /// - Throws: ``FleetStoreError``, `SQLiteError`.
    static func prepare(_ connection: Connection, path: String) throws {
        // The file stores its journal mode. If the mode is already set, this statement changes nothing.
        try check(connection, path: path)
        try setMode(connection)
        try connection.transaction {
            guard try isEmpty(connection) else { return try check(connection, path: path) }
            try connection.execute(tables)
        }
    }

    /// Here SQLite does not wait for the locks of bridges that start at the same time. A transaction does wait, so this
    /// tries again after an empty one.
    private static func setMode(_ connection: Connection) throws {
        for attempt in 1...100 {
            do throws(SQLiteError) {
                return try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
            } catch {
                guard error.cause == .busy, attempt < 100 else { throw error }
                try connection.transaction {}
            }
        }
    }

    private static func isEmpty(_ connection: Connection) throws -> Bool {
        try connection.integers("SELECT count(*) FROM sqlite_schema") == [0]
    }

    /// Refuses the file of another program or of another version.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`; `SQLiteError`.
    static func check(_ connection: Connection, path: String) throws {
        // The mark is read second. Another bridge may make the tables between the two statements, and a file with tables
        // but without a mark would look like that of another program.
        let isEmpty = try isEmpty(connection)
        let mark = try connection.integers("PRAGMA application_id")
        // A file without tables also belongs to another program if it has the mark of that program.
        if isEmpty, mark == [0] { return }
        guard mark == [applicationID] else { throw FleetStoreError(foreign: path) }
        guard try connection.integers("PRAGMA user_version") == [version] else {
            throw FleetStoreError(otherVersion: path)
        }
    }

    private static let tables = """
        CREATE TABLE fleet (
            name TEXT PRIMARY KEY,
            boot TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            lastNumber INTEGER NOT NULL,
            lastFence INTEGER NOT NULL,
            change INTEGER NOT NULL, -- the number of the last change that was announced
            pauseChange INTEGER NOT NULL, -- that of the last move of the breaker
            grantedUntil INTEGER NOT NULL,
            streak INTEGER NOT NULL,
            interactiveCount INTEGER NOT NULL,
            interactiveUntil INTEGER NOT NULL,
            backgroundCount INTEGER NOT NULL,
            backgroundUntil INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            repeats INTEGER NOT NULL,
            closedAt INTEGER,
            cause TEXT, -- of the pause; null: the breaker is closed
            pausedAt INTEGER, -- null: half-open
            pauseLength INTEGER,
            trialFence INTEGER, -- null: no trial is under way
            trialBridge INTEGER,
            trialAt INTEGER,
            trialLength INTEGER
        ) WITHOUT ROWID;
        CREATE TABLE bridge (
            fleet TEXT NOT NULL,
            id INTEGER NOT NULL,
            name TEXT NOT NULL,
            rate INTEGER NOT NULL, -- millionths of a query per second
            burst INTEGER NOT NULL, -- millionths of a query
            joinedAt INTEGER NOT NULL,
            seenAt INTEGER NOT NULL,
            PRIMARY KEY (fleet, id)
        ) WITHOUT ROWID;
        CREATE TABLE task (
            fleet TEXT NOT NULL,
            taskId TEXT NOT NULL,
            change INTEGER NOT NULL,
            claimFence INTEGER,
            claimBridge INTEGER,
            claimedAt INTEGER,
            claimLength INTEGER,
            number INTEGER, -- null: no reading
            content TEXT,
            isFinal INTEGER,
            faults INTEGER,
            readAt INTEGER,
            failingFor INTEGER,
            expiresAt INTEGER NOT NULL,
            PRIMARY KEY (fleet, taskId)
        ) WITHOUT ROWID;
        CREATE INDEX taskByChange ON task (fleet, change);
        CREATE INDEX taskByEnd ON task (fleet, expiresAt);
        \(mark)
        """

    /// The statements that mark the files of cover-bridge. If the mark is already there, they write to the file but
    /// change nothing.
    static let mark = "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version);"
}

extension Duration {
    /// Whole nanoseconds, clamped to what an `Int64` holds.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}

extension SQLiteValue {
    init(_ duration: Duration) { self = .integer(duration.wholeNanoseconds) }

    init(_ duration: Duration?) { self = duration.map(Self.init) ?? .null }

    init(_ id: FleetBridge.ID) { self = .integer(Int64(bitPattern: id.number)) }
}

extension Row {
    func duration(_ column: Int32) -> Duration { .nanoseconds(integer(column)) }

    func bridge(_ column: Int32) -> FleetBridge.ID { FleetBridge.ID(UInt64(bitPattern: integer(column))) }
}
