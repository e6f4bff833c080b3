import CoverModel
import Testing

struct HomePathTests {
    @Test(arguments: [
        ("~/.config/key", "/home/a", "/home/a/.config/key"), ("~/key", "/home/a//", "/home/a/key"),
        ("~", "/home/a", "/home/a"), ("~", "/", "/"), ("~/key", "/", "/key"),
        ("~/\u{301}", "/home/a", "/home/a/\u{301}"),
        ("key", "/home/a", "key"), ("./~/key", "/home/a", "./~/key"), ("/~", "/home/a", "/~"), ("", "/home/a", ""),
    ])
    func theHomeFolderStandsForATilde(_ path: String, _ home: String, _ whole: String) throws {
        #expect(try HomePath.expanded(path, home: home) == whole)
    }

    @Test(arguments: [("~name/key", "/home/a"), ("~key", "/home/a"), ("~/key", nil), ("~", ""), ("~/key", "home")])
    func aTildeThatCannotBeReplacedIsRefused(_ path: String, _ home: String?) {
        let fault = #expect(throws: HomePath.Fault.self) { try HomePath.expanded(path, home: home) }
        #expect(fault?.description.contains("rite the path in full") == true)
    }

    /// Without a tilde, the home folder is not needed.
    @Test func aPathWithoutATildeStaysUnchanged() throws {
        #expect(try HomePath.expanded("key", home: nil) == "key")
    }
}
