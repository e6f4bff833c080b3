import CoverModel
import CoverWatch

/// The shapes of `PROTOCOL.md §6`, for the OpenRPC document and the types that are generated from it.
package enum Shapes {
    package static var all: [(name: String, schema: Schema)] {
        [
            ("State", .oneOf(words: CoverState.allCases.map(\.rawValue)).described("Where a cover task stands.")),
            ("Time", .string(format: "date-time").described("RFC 3339, UTC, milliseconds.")),
            ("TaskId", .string(lengths: Limits.taskIdLengths).described("Opaque; no control characters.")),
            ("Failure", failure), ("Warning", warning), ("CoverStatus", coverStatus), ("Watch", watch),
            ("StatusChange", statusChange), ("WatchEnded", watchEnded), ("Health", health), ("Error", error),
            ("ErrorData", errorData), ("DownloadedFile", downloadedFile), ("Generation", generation),
            ("Callback", callback),
            ("Journal", journal), ("ServerInfo", serverInfo), ("Stats", stats),
        ]
    }

    private static let time = Schema.shape("Time")

    private static var failure: Schema {
        .object([("code", .integer.orNull), ("message", .string)]).described("Why a task failed, in the API's words.")
    }

    private static var warning: Schema {
        .object([("kind", .string), ("message", .string)])
            .described("Something odd about a record that did not cost the record.")
    }

    private static var coverStatus: Schema {
        .object(
            [
                ("taskId", .shape("TaskId")),
                ("parentTaskId", .string.orNull.described("The music task that the cover belongs to.")),
                ("state", .shape("State")),
                ("final", .boolean.described("Whether nothing more will come of this task.")),
                ("images", .array(of: .string)), ("createdAt", time.orNull), ("completedAt", time.orNull),
                ("expiresAt", time.orNull.described("Until when the images are kept; an estimate.")),
                ("failure", Schema.shape("Failure").orNull), ("callbackUrl", .string.orNull),
                ("warnings", .array(of: .shape("Warning"))),
                ("checkedAt", time.described("When the API was asked.")),
            ],
            optional: [("record", .anyObject.described("The API's own data object, on request."))]
        ).described("All that is known of one cover task at one moment.")
    }

    private static var watch: Schema {
        .object([
            ("taskId", .shape("TaskId")), ("state", Schema.shape("State").orNull),
            ("interval", .number.described("Seconds.")), ("startedAt", time), ("checks", .integer),
            ("lastCheckedAt", time.orNull), ("nextCheckAt", time.orNull), ("deadline", time.orNull),
            ("last", Schema.shape("CoverStatus").orNull.described("The status of the last change; null until then.")),
        ]).described("A watch as it stands.")
    }

    private static var statusChange: Schema {
        .object([
            ("sequence", .integer(from: 1).described("Rises by one from change to change.")),
            ("taskId", .shape("TaskId")), ("previous", Schema.shape("State").orNull),
            ("status", .shape("CoverStatus")), ("final", .boolean),
        ]).described("A task that is not what it was.")
    }

    private static var watchEnded: Schema {
        .object([
            ("sequence", .integer(from: 1)), ("taskId", .shape("TaskId")),
            ("reason", .string.described("timeout, or the kind of the error.")),
            ("error", Schema.shape("Error").orNull),
        ]).described("A watch that ended without a final status. It shares the numbering of StatusChange.")
    }

    private static var health: Schema {
        .object([
            ("state", .oneOf(words: ["ok", "rateLimited", "maintenance", "unreachable", "degraded"])),
            ("message", .string), ("retryAt", time.orNull.described("Until when all queries pause.")),
        ]).described("How the API's host does.")
    }

    private static var error: Schema {
        .object([("code", .integer), ("message", .string), ("data", .shape("ErrorData"))])
    }

    private static var errorData: Schema {
        .object(
            [("kind", .string.described("A stable word for programs.")), ("retryable", .boolean)],
            optional: [
                ("retryAfter", .number.described("Seconds.")), ("httpStatus", .integer), ("apiCode", .integer),
                ("apiMessage", .string), ("taskId", .string), ("parameter", .string),
                ("last", Schema.shape("CoverStatus").orNull),
            ]
        )
    }

    private static var downloadedFile: Schema {
        .object([
            ("url", .string), ("path", .string), ("bytes", .integer(from: 1)), ("mediaType", .string),
            ("sha256", .string.described("64 hexadecimal digits.")), ("warnings", .array(of: .shape("Warning"))),
        ])
    }

    private static var generation: Schema {
        .object([
            ("taskId", .string.described("The cover task.")),
            ("reused", .boolean.described("Whether the music task had this cover already.")),
        ])
    }

    private static var callback: Schema {
        .object([
            ("taskId", .shape("TaskId")),
            (
                "verified",
                Schema.boolean.orNull.described("True: the signature is right. Null: there is no webhook key.")
            ),
            ("status", Schema.shape("CoverStatus").described("What the record says, read after the callback came.")),
        ])
    }

    private static var journal: Schema {
        .object([
            ("persistent", .boolean), ("epoch", .string.described("Another one means that numbering began anew.")),
            ("lastSequence", .integer(from: 0)),
        ])
    }

    private static var serverInfo: Schema {
        .object([("name", .string), ("version", .string)])
    }

    private static var stats: Schema {
        .object([
            ("uptime", .number.described("Seconds.")), ("session", .anyObject), ("client", .anyObject),
            ("watch", .anyObject), ("journal", .shape("Journal")), ("health", .shape("Health")),
        ])
    }
}
