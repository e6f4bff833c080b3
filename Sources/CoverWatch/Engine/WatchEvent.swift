package import CoverModel
package import Jansson

/// An event that an engine emits. Events come in order.
package enum WatchEvent: Sendable {
    case changed(StatusChange)
    case ended(WatchEnded)
    case healthChanged(Health)

    /// The number of the entry in the journal; nil for events that are not stored there.
    package var sequence: Int64? {
        switch self {
        case .changed(let change): change.sequence
        case .ended(let end): end.sequence
        case .healthChanged: nil
        }
    }
}

/// The parameters of the notification.
extension WatchEvent: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        switch self {
        case .changed(let change): writer.value(change)
        case .ended(let end): writer.value(end)
        case .healthChanged(let health): writer.value(health)
        }
    }
}

/// An entry of the journal. Clients can read it again.
package enum JournalEntry: Sendable {
    case changed(StatusChange)
    case ended(WatchEnded)

    package var sequence: Int64 {
        switch self {
        case .changed(let change): change.sequence
        case .ended(let end): end.sequence
        }
    }

    package var taskId: TaskID {
        switch self {
        case .changed(let change): change.taskId
        case .ended(let end): end.taskId
        }
    }

    /// Whether a watch ends with this entry.
    package var endsWatch: Bool {
        switch self {
        case .changed(let change): change.final
        case .ended: true
        }
    }
}

extension JournalEntry: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        switch self {
        case .changed(let change): writer.value(change)
        case .ended(let end): writer.value(end)
        }
    }

    /// Reads what ``encode(to:)`` wrote.
    package init?(json: JSONValue) {
        if let change = StatusChange(json: json) {
            self = .changed(change)
        } else if let end = WatchEnded(json: json) {
            self = .ended(end)
        } else {
            return nil
        }
    }
}
