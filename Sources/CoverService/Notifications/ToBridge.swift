import JSONRPC

enum Initialized: BridgeNotification {
    static let name = "initialized"
    static let summary = "The client has read the answer to `initialize`. Nothing depends on it."
    static let direction = Direction.toBridge
}

enum Exit: BridgeNotification {
    static let name = "exit"
    static let summary = "Ends the process: code 0 after `shutdown`, else 1."
    static let direction = Direction.toBridge
}

/// The session itself handles this notification, because only the session has the bytes of the id.
enum CancelRequest: BridgeNotification {
    static let name = "$/cancelRequest"
    static let summary = "Cancels a request. It gets one answer: -32800 or its result."
    static var parameters: [Parameter] {
        [Parameter("id", "The id of the request.", .either(.string, .number, .null), isRequired: true)]
    }
    static let direction = Direction.toBridge
}
