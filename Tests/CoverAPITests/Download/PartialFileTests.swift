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
}
