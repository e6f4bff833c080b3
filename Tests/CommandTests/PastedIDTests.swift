import CoverModel
import Testing

@testable import cover_bridge

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

    @Test(arguments: ["success-0s", "5c79be8e0a1b4c0f9d", "suno_task_1", "café", "a.b", "封面", "a/b", "a:b", "", "x-1"])
    func anIDGetsNoHint(_ id: String) { #expect(PastedID.hint(TaskID(id)) == nil) }
}
