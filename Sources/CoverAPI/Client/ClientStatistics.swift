/// The counters and levels of a client.
public struct ClientStatistics: Sendable, Hashable {
    /// HTTP requests to the API so far.
    public var requests = 0
    /// Queries that shared a request in flight.
    public var coalesced = 0
    /// Queries answered from memory.
    public var remembered = 0
    /// Queries repeated after a fault.
    public var retries = 0
    /// Image requests.
    public var downloads = 0
    /// The allowed rate in queries per second.
    public var rate = 0.0
    /// How many queries could be sent at once now.
    public var tokens = 0.0
    /// Queries that wait for their turn.
    public var waiting = 0
}
