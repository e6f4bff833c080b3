/// The members of `StatusChange`, `WatchEnded` and `Health` are the parameters of their notifications.
enum StatusChangedNotification: BridgeNotification {
    static let name = "cover/statusChanged"
    static let summary = "The status of a task has changed. The parameters are a StatusChange."
    static var parameters: [Parameter] {
        [
            Parameter(
                "sequence",
                "Rises by one with each change and each ended watch.",
                .integer(from: 1),
                isRequired: true
            ),
            ParameterKey.taskId.parameter,
            Parameter(
                "previous",
                "The state in the previous change; null for the first.",
                Schema.shape("State").orNull,
                isRequired: true
            ),
            Parameter("status", "The status now.", .shape("CoverStatus"), isRequired: true),
            Parameter("final", "Whether the watch is over.", .boolean, isRequired: true),
        ]
    }
    static let direction = Direction.fromBridge
}

enum WatchEndedNotification: BridgeNotification {
    static let name = "cover/watchEnded"
    static let summary = "A watch ended without a final status. The parameters are a WatchEnded."
    static var parameters: [Parameter] {
        [
            Parameter("sequence", "Shared with `cover/statusChanged`.", .integer(from: 1), isRequired: true),
            ParameterKey.taskId.parameter,
            Parameter("reason", "`timeout`, or the kind of the error.", .string, isRequired: true),
            Parameter(
                "error",
                "The error. For a timeout, why the last query brought no status; null if it brought one.",
                Schema.shape("Error").orNull,
                isRequired: true
            ),
        ]
    }
    static let direction = Direction.fromBridge
}

enum HealthChangedNotification: BridgeNotification {
    static let name = "bridge/healthChanged"
    static let summary = "The health of the API's host has changed. The parameters are a Health."
    static var parameters: [Parameter] {
        [
            Parameter(
                "state",
                "ok, rateLimited, maintenance, unreachable or degraded.",
                .oneOf(words: ["ok", "rateLimited", "maintenance", "unreachable", "degraded"]),
                isRequired: true
            ),
            Parameter("message", "The cause, in words.", .string, isRequired: true),
            Parameter("retryAt", "The end of the pause of all queries.", Schema.shape("Time").orNull, isRequired: true),
        ]
    }
    static let direction = Direction.fromBridge
}

enum ProgressNotification: BridgeNotification {
    static let name = "$/progress"
    static let summary = "The progress of a download."
    static var parameters: [Parameter] {
        [
            Parameter("token", "The `progressToken` of the request.", .either(.string, .number), isRequired: true),
            Parameter("value", "The image, and bytes so far.", .anyObject, isRequired: true),
        ]
    }
    static let direction = Direction.fromBridge
}
