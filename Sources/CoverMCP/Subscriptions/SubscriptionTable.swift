import CoverModel
import Jansson

/// A notification that something changed; the host reads again what it wants to know.
struct Notice: Sendable, JSONEncodable {
    /// The resource as the host named it; nil: the list of resources.
    var uri: ResourceURI?
    /// The id of the request that the subscription began with, as JSON (2026-07-28).
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

/// Who wants to hear of which resources, in the manner of either age. A value: who holds it locks it.
struct SubscriptionTable {
    typealias Stream = AsyncStream<Never>.Continuation

    private struct Listener {
        let id: [UInt8]
        let resources: [ResourceURI: ResourceAddress]
        let wantsList: Bool
        let stream: Stream
        /// What happened before the acknowledgement was sent, which comes first; nil afterwards.
        var early: [Notice]? = []
    }

    /// By the URI as the host wrote it: `resources/subscribe`.
    private var subscribed: [ResourceURI: ResourceAddress] = [:]
    /// `subscriptions/listen`.
    private var listeners: [UInt64: Listener] = [:]
    private var lastListener: UInt64 = 0
    private var hasEnded = false
    /// Tasks that are watched because of a subscription alone.
    private var borrowed: Set<TaskID> = []

    // MARK: The handshake's age

    mutating func subscribe(_ uri: ResourceURI, _ address: ResourceAddress) { subscribed[uri] = address }

    mutating func unsubscribe(_ uri: ResourceURI) { subscribed[uri] = nil }

    // MARK: 2026-07-28

    /// - Parameter stream: finished when the subscription is to end from this side.
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

    /// The acknowledgement is sent: gives what has happened meanwhile.
    mutating func acknowledge(_ listener: UInt64) -> [Notice] {
        defer { listeners[listener]?.early = nil }
        return listeners[listener]?.early ?? []
    }

    mutating func close(_ listener: UInt64) { listeners[listener] = nil }

    /// Ends all listeners, and those to come at once.
    mutating func endAll() -> [Stream] {
        hasEnded = true
        return listeners.values.map(\.stream)
    }

    // MARK: What happens

    /// Whom to tell that some resources have changed.
    mutating func notices(_ isConcerned: (ResourceAddress) -> Bool) -> [Notice] {
        let due = subscribed.filter { isConcerned($0.value) }.keys.sorted().map { Notice(uri: $0) }
        return due
            + toListeners { listener in
                listener.resources.filter { isConcerned($0.value) }.keys.sorted().map {
                    Notice(uri: $0, subscription: listener.id)
                }
            }
    }

    /// Whom to tell that the list has changed.
    ///
    /// - Parameter isKnown: whether there is a host of the handshake's age, which is told without having asked.
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

    /// Notes which tasks are to be watched because of a subscription.
    /// - Returns: those of which this was not noted before.
    mutating func borrow(_ taskIds: Set<TaskID>) -> Set<TaskID> {
        defer { borrowed.formUnion(taskIds) }
        return taskIds.subtracting(borrowed)
    }

    /// Somebody watches these for their own sake.
    mutating func claim(_ taskIds: some Sequence<TaskID>) { borrowed.subtract(taskIds) }

    /// Those borrowed watches that no subscription needs any more; they are forgotten here.
    mutating func returned() -> [TaskID] {
        let needed = Set((subscribed.values + listeners.values.flatMap(\.resources.values)).compactMap(\.taskId))
        let unneeded = borrowed.subtracting(needed)
        borrowed.subtract(unneeded)
        return unneeded.sorted()
    }
}
