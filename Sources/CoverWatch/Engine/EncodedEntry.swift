import CoverModel
package import Jansson

/// An entry of the journal, encoded once, when it is decided. The journal stores the same bytes that the peer gets.
package struct EncodedEntry: Sendable {
    package let entry: JournalEntry
    package let json: EncodedJSON
    /// The status of a change, which is also part of ``json``.
    package let status: EncodedJSON?

    package init(_ entry: JournalEntry) {
        self.entry = entry
        switch entry {
        case .changed(let change):
            let status = EncodedJSON(change.status.jsonBytes)
            self.status = status
            var writer = JSONWriter()
            change.encode(to: &writer, status: status)
            json = EncodedJSON(writer.bytes)
        case .ended(let end):
            status = nil
            json = EncodedJSON(end.jsonBytes)
        }
    }
}

/// An event to emit, with the parameters of its notification.
struct Emission: Sendable {
    let event: WatchEvent
    let json: EncodedJSON
    /// The entry that the journal stores; nil if it stores none.
    let entry: EncodedEntry?

    init(_ event: WatchEvent) {
        self.event = event
        switch event {
        case .changed(let change): entry = EncodedEntry(.changed(change))
        case .ended(let end): entry = EncodedEntry(.ended(end))
        case .healthChanged: entry = nil
        }
        json = entry?.json ?? EncodedJSON(event.jsonBytes)
    }
}
