import CoverModel
import Foundation
import SQLite
import Testing

@testable import CoverFleet

/// Tests which files can be the store of a fleet.
@Suite struct FleetFileTests {
    private let folder: FleetFolder

    init() throws { folder = try FleetFolder() }

    @Test(arguments: ["", ":memory:", "file:x?mode=memory", "/", "/nowhere/fleet", "/dev/null"])
    func namesThatAreNoFilesAreRefused(_ path: String) async throws {
        let error = await refusal(path)
        #expect(error?.kind == .unusable)
    }

    @Test func aFileWithTwoNamesIsRefused() async throws {
        try Data().write(to: URL(filePath: folder.file))
        try FileManager.default.linkItem(atPath: folder.file, toPath: folder.path + "/second")
        #expect(await refusal(folder.file)?.message.contains("2 names") == true)
    }

    @Test func filesOfOtherProgramsAreRefusedAndUnchanged() async throws {
        let text = Data(
            "my notes, which are longer than the header of a database would be, and no database at all. ".utf8
        )
        let notes = text + text
        try notes.write(to: URL(filePath: folder.file))
        #expect(await refusal(folder.file)?.message.contains("is not a fleet's file") == true)
        #expect(try Data(contentsOf: URL(filePath: folder.file)) == notes)

        let database = folder.path + "/database"
        try Connection(path: database, busyLimit: .zero).execute("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
        #expect(await refusal(database)?.message.contains("is not a fleet's file") == true)
        #expect(try Connection(path: database, busyLimit: .zero).texts("PRAGMA journal_mode") == ["delete"])

        let marked = folder.path + "/marked"
        try Connection(path: marked, busyLimit: .zero).execute("PRAGMA application_id = 77")
        #expect(await refusal(marked)?.message.contains("is not a fleet's file") == true)
        #expect(try Connection(path: marked, busyLimit: .zero).integers("PRAGMA application_id") == [77])
    }

    @Test func theFileOfAnotherVersionIsRefused() async throws {
        let store = try await folder.store(time: StoreTime())
        await store.close()
        try Connection(path: folder.file, busyLimit: .seconds(1)).execute("PRAGMA user_version = 2")
        #expect(await refusal(folder.file)?.message.contains("another version") == true)
    }

    @Test func aLinkWhoseEndIsMissingIsCalledSo() async throws {
        try FileManager.default.createSymbolicLink(atPath: folder.file, withDestinationPath: "/nowhere/f")
        #expect(await refusal(folder.file)?.message.contains("a link that leads nowhere") == true)
    }

    @Test func theFilesOfAStoreAreThoseBesideItsTrueName() throws {
        func files(_ path: String) throws -> [String] { try FleetAddress(parsing: path, isPublic: true).files }
        let detour = folder.path + "/./fleet"
        let name = DatabaseFile.realName(of: folder.path) + "/fleet"
        for isThere in [false, true] {
            if isThere { try Data().write(to: URL(filePath: folder.file)) }
            #expect(try files(detour) == [detour, name + "-wal", name + "-shm", name + "-journal"])
        }
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.file)
        #expect(try files(link) == [link, name + "-wal", name + "-shm", name + "-journal"])
        #expect(try files("redis://host").isEmpty)
    }

    /// SQLite's own error would not name these files, and a new file would stay.
    @Test(arguments: ["-wal", "-shm", "-journal"]) func whatIsInTheWayOfAFileBesideTheFleetIsNamed(_ end: String)
        async throws
    {
        try FileManager.default.createDirectory(atPath: folder.file + end, withIntermediateDirectories: false)
        #expect(await refusal(folder.file)?.message.contains("fleet\(end) is no regular file") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.file))
    }

    @Test func aNameThatLeavesNoRoomForTheFilesBesideItIsRefused() async throws {
        let path = folder.path + "/" + String(repeating: "f", count: 250)
        #expect(await refusal(path)?.message.contains("The name is too long") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func namesThatLookLikeARedisAreFiles() throws {
        for name in ["redis", "/run/redis@0:1/f", "./redis:a@b"] {
            #expect(try FleetAddress(parsing: name, isPublic: true).text.hasSuffix(name))
        }
    }

    /// The environment variable and the configuration of an editor do not pass through a shell.
    @Test(arguments: ["~/covers.fleet", "file:~/covers.fleet"])
    func aTildeThatNoShellReplacedIsTheHomeFolder(_ text: String) throws {
        let home = try #require(HomePath.variable)
        #expect(try FleetAddress(parsing: text, isPublic: true) == .file(HomePath.expanded(home + "/covers.fleet")))
    }

    @Test func theHomeFolderOfAnotherUserIsRefused() {
        let error = #expect(throws: FleetStoreError.self) { try FleetAddress(parsing: "~name/f", isPublic: false) }
        #expect(error?.message.contains("Write the path in full") == true)
        #expect(error?.message.contains("~name") == false)
    }

    /// The magic numbers of file systems from statfs(2), and the names of the file systems that are refused.
    @Test(
        arguments: [
            (0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB"), (0x0102_1997, "9P"), (0x6573_5546, "FUSE"),
            (0xEF53, nil), (0x0102_1994, nil), (0x9123_683E, nil), (0x5846_5342, nil), (0x794C_7630, nil),
        ] as [(UInt32, String?)]
    )
    func networkFileSystemsAreRefused(_ kind: UInt32, _ name: String?) {
        #expect(FileSystem.remoteName(ofKind: kind) == name)
    }

    @Test func theLocalDiskIsNoNetworkFileSystem() { #expect(FileSystem.remoteName(of: "/proc") == nil) }

    @Test func theBootClockAndTheStartOfTheHostAreAvailable() {
        #expect(BootClock.now() > .zero)
        #expect(BootClock.now() <= BootClock.now())
        #expect(BootClock.start() == BootClock.start())
        let words = BootClock.start()?.split(separator: " ") ?? []
        #expect(words.first?.count == 36 && words.count <= 2)
        #if os(Linux)
            #expect(words.last?.hasPrefix("time:[") == true)
        #endif
    }

    /// If `/proc` is missing, the start of the host is nil. A fixed value instead would make all starts of all hosts
    /// look equal.
    @Test func withoutItsSourceTheStartIsNotKnown() { #expect(BootClock.start(in: "/nowhere") == nil) }

    @Test func aStartIsThatOfItsTimeNamespace() throws {
        func made(_ namespace: String) throws -> String {
            let proc = folder.path + "/proc-\(namespace)"
            try FileManager.default.createDirectory(
                atPath: proc + "/sys/kernel/random",
                withIntermediateDirectories: true
            )
            try FileManager.default.createDirectory(atPath: proc + "/self/ns", withIntermediateDirectories: true)
            try Data("a-start\n".utf8).write(to: URL(filePath: proc + "/sys/kernel/random/boot_id"))
            try FileManager.default.createSymbolicLink(
                atPath: proc + "/self/ns/time",
                withDestinationPath: "time:[\(namespace)]"
            )
            return proc
        }
        #expect(BootClock.start(in: try made("1")) == "a-start time:[1]")
        #expect(BootClock.start(in: try made("2")) == "a-start time:[2]")
    }

    /// If the store accepted the file, processes with different clocks would erase each other's data with each
    /// decision.
    @Test func aFileThatProcessesOfAnotherStartUseIsRefused() async throws {
        let time = StoreTime()
        let one = try await folder.store(time: time, start: "one")
        _ = try await one.join(FleetBridge(id: .init(1), rate: 10, burst: 1, name: "one"))
        // The file looks as if a process had just written it. The time is in the future, because the test may take
        // seconds on a busy machine.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: 4)],
            ofItemAtPath: folder.file + "-wal"
        )
        let error = await #expect(throws: FleetStoreError.self) { try await folder.store(time: time, start: "two") }
        #expect(error?.kind == .unusable && error?.message.contains("another clock") == true)
        #expect(try await one.overview(tasks: 0).members.count == 1)
    }

    /// The test imitates a restart of the host after which the log of the earlier start still exists.
    @Test func aFileOfAnEarlierStartIsResetAndItsProcessesGoAlone() async throws {
        let time = StoreTime()
        let bridge = FleetBridge(id: .init(1), rate: 10, burst: 1, name: "one")
        let one = try await folder.store(time: time, start: "one")
        _ = try await one.join(bridge)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -60)],
            ofItemAtPath: folder.file + "-wal"
        )
        let two = try await folder.store(time: time, start: "two")
        _ = try await two.join(FleetBridge(id: .init(2), rate: 10, burst: 1, name: "two"))
        let error = await #expect(throws: FleetStoreError.self) { try await one.beat() }
        #expect(error?.kind == .away && error?.message.contains("another clock") == true)
        #expect(try await two.overview(tasks: 0).members.map(\.bridge.name) == ["two"])
        // The old file time means that the processes with the other clock have ended.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -60)],
            ofItemAtPath: folder.file + "-wal"
        )
        #expect(try await one.beat().bridges == [bridge.id])
    }

    @Test(arguments: ["-wal", "-shm"])
    func aFileWhoseLogWasRemovedIsOpenedAgain(_ suffix: String) async throws {
        let time = StoreTime()
        let one = try await folder.store(time: time)
        _ = try await one.join(FleetBridge(id: .init(1), rate: 10, burst: 1, name: "one"))
        try FileManager.default.removeItem(atPath: folder.file + suffix)
        let two = try await folder.store(time: time)
        _ = try? await two.join(FleetBridge(id: .init(2), rate: 10, burst: 1, name: "two"))
        // The bridges send the heartbeats of four seconds. The first heartbeats may fail, because they meet the rest of
        // the former log.
        for _ in 0..<4 { _ = (try? await one.beat(), try? await two.beat()) }
        #expect(try await one.beat().bridges.map(\.number) == [1, 2])
        #expect(try await two.beat().bridges.map(\.number) == [1, 2])
    }

    private func refusal(_ path: String) async -> FleetStoreError? {
        await #expect(throws: FleetStoreError.self) { try await FileFleetStore.open(path: path, group: "g") }
    }
}
