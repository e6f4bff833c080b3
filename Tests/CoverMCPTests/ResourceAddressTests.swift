import CoverAPI
import CoverModel
import Testing

@testable import CoverMCP

@Suite
struct ResourceAddressTests {
    @Test(
        arguments: [
            ("cover://tasks", .tasks), ("cover://tasks/", .tasks), ("cover://tasks/a", .task("a")),
            ("cover://tasks/a%2Fb%20%C3%BC", .task("a/b ü")), ("cover://tasks/a/images/12", .image("a", 12)),
        ] as [(String, ResourceAddress)]
    )
    func namesSomething(uri: String, address: ResourceAddress) {
        #expect(ResourceAddress(uri) == address)
        #expect(ResourceAddress(address.uri) == address)
    }

    @Test(arguments: [
        "", "cover://task", "cover://tasksx", "cover://tasks//", "cover://tasks/%", "cover://tasks/%4",
        "cover://tasks/%zz", "cover://tasks/%00", "cover://tasks/%FF", "cover://tasks/a/", "cover://tasks/a/images",
        "cover://tasks/a/images/", "cover://tasks/a/images/0", "cover://tasks/a/images/01", "cover://tasks/a/images/-1",
        "cover://tasks/a/pictures/1", "cover://tasks/a/images/1/", "https://tasks/a",
    ])
    func namesNothing(uri: String) {
        #expect(ResourceAddress(uri) == nil)
    }
}
