import SQLite
import TestSupport
import Testing

@Suite struct SQLiteTests {
    private func connection() throws -> Connection {
        let connection = try Connection(path: ":memory:", busyLimit: .zero)
        try connection.execute("CREATE TABLE item (id TEXT UNIQUE, number INTEGER); CREATE TABLE other (a)")
        return connection
    }

    private func items(_ connection: Connection) throws -> [String] {
        try connection.texts("SELECT id FROM item ORDER BY rowid")
    }

    @Test(arguments: ["", "a", "café", "cafe\u{301}", "a\u{0}b", "😀", String(repeating: "x", count: 100_000)])
    func aTextIsReadBackUnchanged(_ text: String) throws {
        let connection = try connection()
        try connection.run("INSERT INTO item VALUES (?, 1)", .text(text))
        #expect(try items(connection).map { Array($0.utf8) } == [Array(text.utf8)])
    }

    @Test func textsAreComparedByteByByte() throws {
        let connection = try connection()
        for text in ["café", "cafe\u{301}", "K", "\u{212A}"] {
            try connection.run("INSERT INTO item VALUES (?, 1)", .text(text))
        }
        #expect(try connection.rows("SELECT number FROM item WHERE id = ?", .text("café")) { $0.integer(0) } == [1])
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max]) func anIntegerIsReadBackUnchanged(_ number: Int64) throws {
        let connection = try connection()
        try connection.run("INSERT INTO item VALUES ('a', ?)", .integer(number))
        #expect(try connection.integers("SELECT number FROM item") == [number])
    }

    @Test func nullDiffersFromEmpty() throws {
        let connection = try connection()
        try connection.run("INSERT INTO item VALUES (?, ?)", SQLiteValue(nil as String?), SQLiteValue(nil as Int64?))
        try connection.run("INSERT INTO item VALUES (?, ?)", SQLiteValue(""), SQLiteValue(0))
        let nulls = try connection.rows("SELECT id, number FROM item") { [$0.isNull(0), $0.isNull(1)] }
        #expect(nulls == [[true, true], [false, false]])
    }

    @Test func aRepeatedStatementForgetsItsLastValues() throws {
        let connection = try connection()
        try connection.run("INSERT INTO item VALUES (?, ?)", .text("a"), .integer(1))
        try connection.run("INSERT INTO item VALUES (?, ?)", .text("b"))
        #expect(try connection.rows("SELECT number FROM item WHERE id = 'b'") { $0.isNull(0) } == [true])
    }

    @Test func aFailedTransactionLeavesNothing() throws {
        let connection = try connection()
        try connection.run("INSERT INTO item VALUES ('a', 1)")
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction {
                try connection.run("INSERT INTO item VALUES ('b', 1)")
                try connection.run("INSERT INTO item VALUES ('a', 2)")
            }
        }
        #expect(error?.cause == .other)
        #expect(error?.message.contains("UNIQUE") == true)
        #expect(try items(connection) == ["a"])
        // After an error, the connection and the failed statement can be used again.
        try connection.transaction { try connection.run("INSERT INTO item VALUES ('b', 1)") }
        #expect(try items(connection) == ["a", "b"])
    }

    @Test(arguments: ["SELEC 1", "SELECT missing FROM item", "", "-- nothing"])
    func anInvalidStatementIsRefused(_ sql: String) throws {
        #expect(throws: SQLiteError.self) { try connection().run(sql) }
    }

    @Test func aTooSmallDiskIsFullAndNothingIsHalfWritten() throws {
        let connection = try connection()
        try connection.execute("PRAGMA max_page_count = 4")
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction {
                for number in 0..<1_000 {
                    try connection.run("INSERT INTO item VALUES (?, 1)", .text("a rather long text \(number)"))
                }
            }
        }
        #expect(error?.cause == .diskFull)
        #expect(try items(connection).isEmpty)
    }

    @Test(arguments: [("/missing/file", SQLiteError.Cause.cannotOpen), ("/", .cannotOpen)])
    func aFileThatCannotBeOpened(_ path: String, _ cause: SQLiteError.Cause) throws {
        let error = #expect(throws: SQLiteError.self) { try Connection(path: path, busyLimit: .zero) }
        #expect(error?.cause == cause)
        #expect(error?.message.isEmpty == false)
    }

    @Test func aClosedDatabaseRefusesItsWork() async throws {
        let database = try Database(path: ":memory:", busyLimit: .zero)
        database.close()
        database.close()
        await #expect(throws: SQLiteError.self) { try await database.run { try $0.run("SELECT 1") } }
        await #expect(throws: SQLiteError.self) { try await database.run { try $0.execute("SELECT 1") } }
    }

    @Test func workRunsInItsOrder() async throws {
        let database = try Database(path: ":memory:", busyLimit: .zero)
        try database.wait { try $0.execute("CREATE TABLE item (number INTEGER)") }
        for number in Int64(1)...100 {
            try await database.run { try $0.run("INSERT INTO item VALUES (?)", .integer(number)) }
        }
        let numbers = try await database.run { try $0.integers("SELECT number FROM item ORDER BY rowid") }
        #expect(numbers == Array(1...100))
    }
}
