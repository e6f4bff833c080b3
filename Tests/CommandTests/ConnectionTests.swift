import Testing

@testable import cover_bridge

struct ConnectionTests {
    /// The checks of the network, the routes and `initialize` all use this text, so it must be the address that the client
    /// uses.
    @Test(arguments: [
        ("https://a.example/api/v1/", "https://a.example"), ("\"https://a.example\"", "https://a.example"),
        (" https://a.example/b\r", "https://a.example/b"), ("http://a.example", "http://a.example"), ("a b", "a b"),
    ])
    func theEndpointIsCleaned(_ named: String, _ used: String) {
        #expect(Connection(endpoint: named).chosenEndpoint == used)
    }
}
