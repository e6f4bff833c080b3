/// The error codes that each server may choose (JSON-RPC 2.0 §5.1). A server with other codes than the defaults sets
/// its codes here.
public struct ServerCodes: Sendable {
    /// The session ends while the request is in flight.
    public var stopping = -32_000
    /// Too many requests are in flight.
    public var overloaded = -32_001

    /// The default codes.
    public init() {}
}
