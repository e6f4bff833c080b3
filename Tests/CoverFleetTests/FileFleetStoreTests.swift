import CoverModel
import Foundation
import SQLite
import TestSupport
import Testing

@testable import CoverFleet

/// Behaviour that only the file store has.
@Suite(.timeLimit(.minutes(5))) struct FileFleetStoreTests {
    private let folder: FleetFolder
    private let time = StoreTime()

    init() throws { folder = try FleetFolder() }

    @Test func onlyTheOwnerCanReadTheFile() async throws {
        let bridge = try await bridge(1)
        try await bridge.read("a", .success(.scripted("a", .pending)))
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        await bridge.close()
    }

    /// A bridge may look at the file while another one makes its tables.
    @Test func bridgesThatStartTogetherMakeOneFile() async throws {
        for _ in 1...100 {
            let folder = try FleetFolder()
            try await withThrowingTaskGroup { group in
                for _ in 1...4 {
                    group.addTask {
                        let database = try Database(path: folder.file, busyLimit: .seconds(60))
                        try await database.run { try FleetTables.prepare($0, path: folder.file) }
                        database.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func callbackURLsAndRecordsAreNotInTheFile() async throws {
        let bridge = try await bridge(1)
        var status = CoverStatus.scripted("a", .generating)
        status.callbackUrl = "https://example.com/confidential"
        try await bridge.read("a", .success(status))
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(filePath: folder.file + suffix))
            #expect(bytes.range(of: Data("confidential".utf8)) == nil)
        }
        let log = try Data(contentsOf: URL(filePath: folder.file + "-wal"))
        #expect(log.range(of: Data("generating".utf8)) != nil)
    }

    /// A process may be stopped in the middle of a change. It then keeps the lock that all other processes need.
    @Test func aHeldLockMakesTheStoreAway() async throws {
        let bridge = try await bridge(1, patience: .seconds(2))
        let other = try folder.connection()
        try other.execute("BEGIN IMMEDIATE")
        let start = ContinuousClock.now
        let error = await #expect(throws: FleetStoreError.self) { try await bridge.look("a") }
        #expect(error?.kind == .away)
        #expect(error?.message.contains("locked by another process") == true)
        #expect(start.duration(to: .now) > .milliseconds(900))
        #expect(start.duration(to: .now) < .seconds(20))
        try other.execute("ROLLBACK")
        #expect(try await bridge.look("a").claim != nil)
    }

    /// If several operations wait for a lock, they wait at the same time, and not one after another.
    @Test func allOperationsThatWaitForALockFailTogether() async throws {
        let bridge = try await bridge(1, patience: .seconds(2))
        let other = try folder.connection()
        try other.execute("BEGIN IMMEDIATE")
        let start = ContinuousClock.now
        let failures = await withTaskGroup { group in
            for _ in 0..<30 {
                group.addTask {
                    do {
                        _ = try await bridge.take(.background)
                        return 0
                    } catch { return 1 }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(failures == 30)
        // If the operations waited one after another, the test would take a minute.
        #expect(start.duration(to: .now) < .seconds(15))
        try other.execute("ROLLBACK")
    }

    @Test func aReplacedFileIsOpenedAgain() async throws {
        let (one, two) = (try await bridge(1), try await bridge(2))
        let before = try await one.read("a", .success(.scripted("a", .pending)))?.number
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: folder.file + suffix) }
        let three = try await bridge(3)
        // Any operation of a bridge puts the bridge into the new file. If only heartbeats did so, the budget would be
        // split until the next heartbeat.
        #expect(try await one.look("b", after: nil).claim?.epoch != before?.epoch)
        _ = try await two.beat()
        #expect(try await three.beat().bridges == [.init(1), .init(2), .init(3)])
        let after = try await three.read("a", after: before, .success(.scripted("a", .generating)))?.number
        #expect(try await one.look("a", after: before).reading?.number == after)
        let heard = await one.announcements.words { $0.hasPrefix("reading a generating") }
        #expect(heard.last == "reading a generating")
    }

    /// An emptied file is like a replaced one. If bridges kept it open, no other bridge could open it.
    @Test func anEmptiedFileIsOpenedAgain() async throws {
        let (one, two) = (try await bridge(1, patience: .seconds(1)), try await bridge(2, patience: .seconds(1)))
        try Data().write(to: URL(filePath: folder.file))
        // The file is locked until both bridges have closed it.
        _ = try? await one.beat()
        for store in [two, one] { try await beat(store, attempts: 20) }
        #expect(try await bridge(3).beat().bridges == [.init(1), .init(2), .init(3)])
    }

    /// Decisions that were only in the log are lost, so the fleet starts again with all its bridges.
    @Test(arguments: [0, 5000]) func aFleetWithACutLogStartsAgain(_ size: Int) async throws {
        let (one, two) = (try await bridge(1), try await bridge(2))
        let before = try await readAndRest("a", [one, two])
        #expect(unsafe truncate(folder.file + "-wal", size) == 0)
        #expect(try await two.look("b", after: nil).claim?.epoch != before?.epoch)
        _ = try await one.beat()
        #expect(try await two.beat().bridges == [.init(1), .init(2)])
        let words = await one.announcements.words { $0 == "gap" }
        #expect(words.last == "gap")
    }

    /// An access to memory behind the end of this file would kill each of the bridges.
    @Test(arguments: [0, 100, 20_000]) func aCutIndexLosesNothing(_ size: Int) async throws {
        let (one, two) = (try await bridge(1), try await bridge(2))
        let number = try await readAndRest("a", [one, two])
        #expect(unsafe truncate(folder.file + "-shm", size) == 0)
        #expect(try await two.look("a", after: nil).reading?.number == number)
        #expect(try await one.beat().bridges == [.init(1), .init(2), .init(9)])
        _ = try await readAndRest("b", [one, two])
        #expect(unsafe truncate(folder.file + "-shm", size) == 0)
        await one.close()
        #expect(try await two.beat().bridges.contains(.init(2)))
    }

    /// Makes a reading with another store, and returns when the stores have handled all that is announced. A cut is found
    /// only between two operations: a store that reads announcements while the log is cut would fail, and one that does so
    /// while the index is cut would be killed.
    private func readAndRest(_ taskId: TaskID, _ stores: [FileFleetStore]) async throws -> ReadingNumber? {
        let writer = try await bridge(9)
        let number = try await writer.read(taskId, .success(.scripted(taskId, .pending)))?.number
        // A store does not announce its own readings, so it would not be known when it has handled them.
        await writer.close()
        for store in stores {
            _ = await store.announcements.words { $0 == "reading \(taskId) pending" }
            // The operation that announced the reading has ended when the next one has.
            _ = try await store.overview(tasks: 1)
        }
        return number
    }

    /// Tries again, because on a loaded machine an operation may exceed the patience of the store.
    private func beat(_ store: FileFleetStore, attempts: Int) async throws {
        for _ in 1..<attempts where (try? await store.beat()) != nil { return }
        _ = try await store.beat()
    }

    /// The times in the file come from another start of the host, so they have no meaning now.
    @Test func anotherStartOfTheHostResetsTheFleet() async throws {
        let one = try await bridge(1)
        let number = try await one.read("a", .success(.scripted("a", .pending)))?.number
        try folder.connection().execute("UPDATE fleet SET boot = 'another'")
        // The old file time means that no process has used the file lately.
        let past: [FileAttributeKey: Any] = [.modificationDate: Date(timeIntervalSinceNow: -60)]
        try FileManager.default.setAttributes(past, ofItemAtPath: folder.file + "-wal")
        let two = try await bridge(2)
        let claim = try #require(try await two.look("a", after: number).claim)
        #expect(claim.epoch != number?.epoch)
        #expect(try await two.beat().bridges == [.init(2)])
        let words = await one.announcements.words { $0 == "gap" }
        #expect(words.last == "gap")
    }

    @Test func fleetsInOneFileAreSeparate() async throws {
        let one = try await bridge(1)
        try await one.read("a", .success(.scripted("a", .pending)))
        let other = try await folder.store(time: time, group: "another")
        _ = try await other.join(FleetBridge(id: .init(2), rate: 1, burst: 1, name: "other"))
        #expect(try await other.look("a").claim != nil)
        #expect(try await other.beat().bridges == [.init(2)])
        #expect(try await one.beat().rate == 100)
    }

    @Test func unneededRowsAreRemoved() async throws {
        let bridge = try await bridge(1)
        try await bridge.read("a", .success(.scripted("a", .pending)))
        try await bridge.read("b", .success(.scripted("b", .succeeded)))
        _ = try await bridge.look("c")
        time.advance(by: .seconds(3601))
        _ = try await bridge.beat()
        #expect(try folder.connection().texts("SELECT taskId FROM task") == ["b"])
        time.advance(by: .seconds(86_400))
        _ = try await bridge.beat()
        #expect(try folder.connection().texts("SELECT taskId FROM task").isEmpty)
    }

    /// Data of another program, or of another version of the bridge, does not count as a reading.
    @Test(arguments: [
        #"{"version":2,"status":{"taskId":"a","state":"pending","final":false,"checkedAt":"2025-01-15T10:33:01.000Z"}}"#,
        #"{"version":1,"status":{"taskId":"b","state":"pending","final":false,"checkedAt":"2025-01-15T10:33:01.000Z"}}"#,
        #"{"version":1,"status":{"taskId":"a","state":"pending","final":true,"checkedAt":"2025-01-15T10:33:01.000Z"}}"#,
        #"{"version":1,"status":{"taskId":"a","state":"drawn","final":false,"checkedAt":"2025-01-15T10:33:01.000Z"}}"#,
        #"{"version":1,"status":{"taskId":"a","state":"succeeded","final":true,"images":["file:///etc/passwd"],"#
            + #""checkedAt":"2025-01-15T10:33:01.000Z"}}"#,
        #"{"version":1}"#, "{", "", String(repeating: " ", count: FleetLimits.readingBytes) + "{}",
    ])
    func invalidReadingsAreNotReturned(_ text: String) async throws {
        let bridge = try await bridge(1)
        try await bridge.read("a", .success(.scripted("a", .pending)))
        #expect(try await bridge.look("a").reading != nil)
        try folder.connection().run("UPDATE task SET content = ?", .text(text))
        #expect(try await bridge.look("a").claim != nil)
    }

    @Test func descriptorsAreGivenBack() async throws {
        let bridge = try await bridge(1)
        try await bridge.read("a", .success(.scripted("a", .pending)))
        #expect(openNames().contains { $0.hasPrefix(folder.file) })
        await bridge.close()
        #expect(!openNames().contains { $0.hasPrefix(folder.file) })
    }

    private func openNames() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
    }

    private func bridge(_ id: UInt64, patience: Duration = .seconds(60)) async throws -> FileFleetStore {
        let store = try await folder.store(time: time, patience: patience)
        _ = try await store.join(FleetBridge(id: .init(id), rate: 100, burst: 10, name: "bridge \(id)"))
        return store
    }
}
