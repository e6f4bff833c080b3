import CoverModel
import Testing

@testable import CoverAPI

/// Tests each method of giving a file its name alone. Some file systems support only one method.
struct PartialFileTests {
    @Test(arguments: NewName.allCases) func aFileGetsItsName(_ way: NewName) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let file = try PartialFile(path: directory.path + "/part")
        try file.write(Array("whole".utf8))
        try file.publish(as: directory.path + "/name", overwrite: false, ways: [way])
        file.discard()
        #expect(directory.names == ["name"])
        #expect(try readFile(directory.path + "/name", limit: 10) == Array("whole".utf8))
    }

    @Test(arguments: NewName.allCases) func anExistingFileKeepsItsName(_ way: NewName) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("mine", to: "name")
        let file = try PartialFile(path: directory.path + "/part")
        let error = #expect(throws: FileError.self) {
            try file.publish(as: directory.path + "/name", overwrite: false, ways: [way])
        }
        #expect(error?.isExisting == true)
        file.discard()
        #expect(directory.names == ["name"])
        #expect(try readFile(directory.path + "/name", limit: 10) == Array("mine".utf8))
    }

    @Test func aFailedSaveLeavesNothing() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let file = try PartialFile(path: directory.path + "/part")
        #expect(throws: FileError.self) { try file.publish(as: directory.path + "/no/name", overwrite: false) }
        file.discard()
        #expect(directory.names.isEmpty)
    }

    /// The first file creates the folders, and the second one is in them when the first one is removed.
    @Test(arguments: [false, true]) func theLastFileRemovesTheFoldersThatWereCreated(isSaved: Bool) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let folder = directory.path + "/a/b"
        let files = try (1...2).map { try PartialFile(path: folder + "/\($0)") }
        files[0].discard()
        #expect(directory.names == ["a"])
        if isSaved {
            try files[1].publish(as: folder + "/name", overwrite: false)
            files[1].keepFolders()
            removeFile(folder + "/name")
        }
        files[1].discard()
        #expect(directory.names == (isSaved ? ["a"] : []))
    }

    @Test func aFolderThatCannotBeCreatedLeavesNoneAboveIt() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        #expect(throws: FileError.self) {
            try PartialFile(path: directory.path + "/a/" + String(repeating: "b", count: 300) + "/name")
        }
        #expect(directory.names.isEmpty)
        #expect(throws: CoverError.self) { try CoverClient.prepare(directory: directory.path + "/a\0") }
        try CoverClient.prepare(directory: directory.path + "/a/b")
        #expect(directory.names.isEmpty)
    }
}
