import CoverModel
import Jansson

/// A notification that a resource changed. After that, the host reads the resource if needed.
struct Notice: Sendable, JSONEncodable {
    /// The URI of the resource, as the host wrote it; nil for the list of resources.
    var uri: ResourceURI?
    /// The id of the request that began the subscription, as JSON (2026-07-28).
    var subscription: [UInt8]?

    var method: String {
        uri == nil ? "notifications/resources/list_changed" : "notifications/resources/updated"
    }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            if let uri { $0.member("uri", uri) }
            if let subscription {
                $0.member("_meta") { $0.object { $0.member(MetaKey.subscriptionID, EncodedJSON(subscription)) } }
            }
        }
    }
}

/// The subscriptions of both protocol revisions. This is a value, which its owner protects with a lock.
struct SubscriptionTable {
    typealias Stream = AsyncStream<Never>.Continuation

    private struct Listener {
        let id: [UInt8]
        let resources: [ResourceURI: ResourceAddress]
        let wantsList: Bool
        let stream: Stream
        /// The notices that wait until the acknowledgement is sent, because the acknowledgement must come first. The
        /// list is nil after that.
        var early: [Notice]? = []
    }

    /// The subscriptions of `resources/subscribe`, by the URI as the host wrote it.
    private var subscribed: [ResourceURI: ResourceAddress] = [:]
    /// The subscriptions of `subscriptions/listen`.
    private var listeners: [UInt64: Listener] = [:]
    private var lastListener: UInt64 = 0
    private var hasEnded = false
    /// Tasks that are watched only because of a subscription.
    private var borrowed: Set<TaskID> = []

    // MARK: Up to 2025-11-25

    mutating func subscribe(_ uri: ResourceURI, _ address: ResourceAddress) { subscribed[uri] = address }

    mutating func unsubscribe(_ uri: ResourceURI) { subscribed[uri] = nil }

    // MARK: 2026-07-28

    /// - Parameter stream: a stream that finishes when this side ends the subscription.
    mutating func open(
        _ id: [UInt8],
        _ resources: [ResourceURI: ResourceAddress],
        wantsList: Bool,
        _ stream: Stream
    ) -> UInt64 {
        lastListener += 1
        listeners[lastListener] = Listener(id: id, resources: resources, wantsList: wantsList, stream: stream)
        if hasEnded { stream.finish() }
        return lastListener
    }

    /// Records that the acknowledgement was sent, and returns the notices that waited for it.
    mutating func acknowledge(_ listener: UInt64) -> [Notice] {
        defer { listeners[listener]?.early = nil }
        return listeners[listener]?.early ?? []
    }

    mutating func close(_ listener: UInt64) { listeners[listener] = nil }

    /// Ends all listeners. A listener that is added after this call ends at once.
    mutating func endAll() -> [Stream] {
        hasEnded = true
        return listeners.values.map(\.stream)
    }

    // MARK: What happens

    /// The notices for the subscribers of some changed resources.
    mutating func notices(_ isConcerned: (ResourceAddress) -> Bool) -> [Notice] {
        let due = subscribed.filter { isConcerned($0.value) }.keys.sorted().map { Notice(uri: $0) }
        return due
            + toListeners { listener in
                listener.resources.filter { isConcerned($0.value) }.keys.sorted().map {
                    Notice(uri: $0, subscription: listener.id)
                }
            }
    }

    /// The notices for a changed list of resources.
    ///
    /// - Parameter isKnown: whether the host did the handshake. Such a host gets the notice without a subscription.
    mutating func listNotices(isKnown: Bool) -> [Notice] {
        (isKnown ? [Notice()] : []) + toListeners { $0.wantsList ? [Notice(subscription: $0.id)] : [] }
    }

    private mutating func toListeners(_ make: (Listener) -> [Notice]) -> [Notice] {
        var due: [Notice] = []
        for (key, listener) in listeners.sorted(by: { $0.key < $1.key }) {
            let notices = make(listener)
            if listener.early == nil { due += notices } else { listeners[key]?.early? += notices }
        }
        return due
    }

    // MARK: Watches

    /// Marks tasks as watched because of a subscription.
    ///
    /// - Returns: the tasks that were not marked before.
    mutating func borrow(_ taskIds: Set<TaskID>) -> Set<TaskID> {
        defer { borrowed.formUnion(taskIds) }
        return taskIds.subtracting(borrowed)
    }

    /// Removes the mark of tasks that are now watched for another reason.
    mutating func claim(_ taskIds: some Sequence<TaskID>) { borrowed.subtract(taskIds) }

    /// The tasks of all subscriptions.
    var needed: Set<TaskID> {
        Set((subscribed.values + listeners.values.flatMap(\.resources.values)).compactMap(\.taskId))
    }

    /// Removes and returns the marked tasks that no subscription needs any more.
    mutating func returned() -> [TaskID] {
        let unneeded = borrowed.subtracting(needed)
        borrowed.subtract(unneeded)
        return unneeded.sorted()
    }
}
