import Foundation
import SQLite
import Testing

@testable import CoverFleet

/// Which files can be the store of a fleet.
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
    }

    @Test func theFileOfAnotherVersionIsRefused() async throws {
        let store = try await folder.store(time: StoreTime())
        await store.close()
        try Connection(path: folder.file, busyLimit: .seconds(1)).execute("PRAGMA user_version = 2")
        #expect(await refusal(folder.file)?.message.contains("another version") == true)
    }

    /// The magic numbers of statfs(2).
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
        #expect(BootClock.start().count == 36)
    }

    private func refusal(_ path: String) async -> FleetStoreError? {
        await #expect(throws: FleetStoreError.self) { try await FileFleetStore.open(path: path, group: "g") }
    }
}
