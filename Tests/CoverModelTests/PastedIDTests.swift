import Testing

@testable import CoverModel

struct PastedIDTests {
    @Test(arguments: [
        ("a,b", "several"), ("a b", "several"), ("a;b", "several"), ("<a>", "brackets"), ("[\"a\"]", "brackets"),
        ("https://kie.ai/logs/a", "address"), ("—option", "dash"), ("–timeout", "dash"), ("“a”", "quotes"),
        ("'a'", "quotes"),
        ("a.", "sentence"), ("a…", "sentence"), ("a\n", "line break"), ("taskId=a", "assignment"),
        ("$TASK", "variable"),
        ("a\u{200B}", "invisible"), ("\u{FEFF}a", "invisible"), (" a", "blank"), ("a ", "blank"), ("`a`", "quotes"),
    ])
    func getsAHint(_ id: String, _ word: String) {
        let hint = PastedID.hint(TaskID(id)) ?? ""
        #expect(hint.contains(word), "\(hint)")
    }

    @Test(arguments: [
        ("\"a\"", true), ("“a”", true), ("'a'", true), (#"{"taskId":"a","reused":true}"#, true),
        ("{\"a\": \"b c\"}", true),
        ("\"a", false), ("\"", false), ("a\"", false), ("[a]", false), ("{a", false), ("a", false),
    ])
    func quotesAndJSONAreFound(_ id: String, _ isWrapped: Bool) {
        #expect(PastedID.isWrapped(TaskID(id)) == isWrapped)
        if isWrapped { #expect(PastedID.hint(TaskID(id))?.contains("quotes") == true) }
    }

    /// The hint is in the error itself, so every frontend has it.
    @Test func theErrorAboutAnIDHasTheHintOnce() {
        let error = CoverError(.taskNotFound, "No.").about("cover://tasks/a").about("cover://tasks/a")
        #expect(error.message == "No. The id looks like an address; give only the part that names the task.")
        #expect(CoverError(.unreachable, "No.").about("a,b").message == "No.")
    }

    @Test(arguments: ["success-0s", "5c79be8e0a1b4c0f9d", "suno_task_1", "café", "a.b", "封面", "a/b", "a:b", "", "x-1"])
    func anIDGetsNoHint(_ id: String) { #expect(PastedID.hint(TaskID(id)) == nil) }
}
