/// What a client has done so far.
public struct ClientStatistics: Sendable, Hashable {
    /// HTTP requests to the API.
    public var requests = 0
    /// Queries answered by a request that was in flight already.
    public var coalesced = 0
    /// Queries answered from memory.
    public var remembered = 0
    /// Queries repeated after a fault.
    public var retries = 0
    /// Image requests.
    public var downloads = 0
    /// Queries per second allowed.
    public var rate = 0.0
    /// Queries that could go at once now.
    public var tokens = 0.0
    /// Queries that wait for their turn.
    public var waiting = 0
}
