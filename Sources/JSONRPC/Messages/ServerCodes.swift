/// The codes of the errors that JSON-RPC 2.0 §5.1 leaves to the server. A server that has a table of its own sets its codes here.
public struct ServerCodes: Sendable {
    /// The session ends while the request is under way.
    public var stopping = -32_000
    /// As many requests are under way as may be.
    public var overloaded = -32_001

    public init() {}
}
