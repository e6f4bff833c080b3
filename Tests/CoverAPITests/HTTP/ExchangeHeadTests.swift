import CoverAPI
import Testing

struct ExchangeHeadTests {
    @Test(arguments: ["retry-after", "Retry-After", "RETRY-AFTER", "rEtRy-aFtEr"])
    func aHeaderIsFoundInAnyCase(_ name: String) {
        let head = ExchangeHead(status: 503, headers: [("Retry", "1"), (name, "2"), ("retry-after", "3")])
        #expect(head["retry-after"] == "2")
        #expect(head["Retry-After"] == "2")
    }

    /// The characters of each pair differ in the same bit as the two cases of a letter.
    @Test(arguments: [("a@b", "a`b"), ("a[b", "a{b"), ("a^b", "a~b"), ("a\rb", "a-b"), ("é", "É")])
    func onlyLettersHaveTwoCases(_ name: String, _ other: String) {
        #expect(ExchangeHead(status: 200, headers: [(name, "1")])[other] == nil)
    }
}
