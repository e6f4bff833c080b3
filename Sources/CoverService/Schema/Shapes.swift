import CoverModel
import CoverWatch

/// The shapes of `PROTOCOL.md §6`, for the OpenRPC document and the types that are generated from it.
package enum Shapes {
    package static var all: [(name: String, schema: Schema)] {
        [
            ("State", .oneOf(words: CoverState.allCases.map(\.rawValue)).described("The state of a cover task.")),
            ("Time", .string(format: "date-time").described("RFC 3339, UTC, milliseconds.")),
            ("TaskId", .string(lengths: Limits.taskIdLengths).described("Opaque; no control characters.")),
            ("Failure", failure), ("Warning", warning), ("CoverStatus", coverStatus), ("Watch", watch),
            ("StatusChange", statusChange), ("WatchEnded", watchEnded), ("Health", health), ("Error", error),
            ("ErrorData", errorData), ("DownloadedFile", downloadedFile), ("Generation", generation),
            ("Callback", callback),
            ("Journal", journal), ("ServerInfo", serverInfo), ("Stats", stats), ("FleetStats", fleetStats),
        ]
    }

    private static let time = Schema.shape("Time")

    private static var failure: Schema {
        .object([("code", .integer.orNull), ("message", .string)]).described("Why a task failed, as the API says.")
    }

    private static var warning: Schema {
        .object([("kind", .string), ("message", .string)])
            .described("A part of a record that is odd but does not make the record unusable.")
    }

    private static var coverStatus: Schema {
        .object(
            [
                ("taskId", .shape("TaskId")),
                ("parentTaskId", .string.orNull.described("The music task that the cover belongs to.")),
                ("state", .shape("State")),
                ("final", .boolean.described("Whether the status will not change any more.")),
                ("images", .array(of: .string)), ("createdAt", time.orNull), ("completedAt", time.orNull),
                ("expiresAt", time.orNull.described("When the images are deleted; an estimate.")),
                ("failure", Schema.shape("Failure").orNull), ("callbackUrl", .string.orNull),
                ("warnings", .array(of: .shape("Warning"))),
                ("checkedAt", time.described("When the API was asked.")),
            ],
            optional: [("record", .anyObject.described("The API's own data object, on request."))]
        ).described("What is known about one cover task at one moment.")
    }

    private static var watch: Schema {
        .object([
            ("taskId", .shape("TaskId")), ("state", Schema.shape("State").orNull),
            ("interval", .number.described("Seconds.")), ("startedAt", time), ("checks", .integer),
            ("lastCheckedAt", time.orNull), ("nextCheckAt", time.orNull), ("deadline", time.orNull),
            ("last", Schema.shape("CoverStatus").orNull.described("The status of the last change; null until then.")),
        ]).described("The current state of a watch.")
    }

    private static var statusChange: Schema {
        .object([
            ("sequence", .integer(from: 1).described("Rises by one with each change and each ended watch.")),
            ("taskId", .shape("TaskId")), ("previous", Schema.shape("State").orNull),
            ("status", .shape("CoverStatus")), ("final", .boolean),
        ]).described("A change of a task's status.")
    }

    private static var watchEnded: Schema {
        .object([
            ("sequence", .integer(from: 1)), ("taskId", .shape("TaskId")),
            ("reason", .string.described("timeout, or the kind of the error.")),
            ("error", Schema.shape("Error").orNull),
        ]).described("A watch that ended without a final status. Its sequence continues that of StatusChange.")
    }

    private static var health: Schema {
        .object([
            ("state", .oneOf(words: ["ok", "rateLimited", "maintenance", "unreachable", "degraded"])),
            ("message", .string), ("retryAt", time.orNull.described("The end of the pause of all queries.")),
        ]).described("The health of the API's host.")
    }

    private static var error: Schema {
        .object([("code", .integer), ("message", .string), ("data", .shape("ErrorData"))])
    }

    private static var errorData: Schema {
        .object(
            [("kind", .string.described("A stable word for programs.")), ("retryable", .boolean)],
            optional: [
                ("retryAfter", .number.described("Seconds.")), ("httpStatus", .integer), ("apiCode", .integer),
                ("apiMessage", .string), ("taskId", .string),
                ("image", .integer(from: 1).described("The number of the task's image.")), ("parameter", .string),
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
            (
                "status",
                Schema.shape("CoverStatus").described(
                    "The status according to the record, read after the callback came."
                )
            ),
        ])
    }

    private static var journal: Schema {
        .object([
            ("persistent", .boolean),
            ("epoch", .string.described("A new epoch means that the numbers began again at 1.")),
            ("lastSequence", .integer(from: 0)),
        ])
    }

    private static var serverInfo: Schema {
        .object([("name", .string), ("version", .string)])
    }

    private static var stats: Schema {
        .object(
            [
                ("uptime", .number.described("Seconds.")), ("session", .anyObject), ("client", .anyObject),
                ("watch", .anyObject), ("journal", .shape("Journal")), ("health", .shape("Health")),
            ],
            optional: [("fleet", .shape("FleetStats"))]
        )
    }

    private static var fleetStats: Schema {
        .object([
            ("store", .string.described("Where the bridges meet.")),
            ("state", .oneOf(words: FleetStatistics.State.allCases.map(\.rawValue))),
            ("bridges", .integer(from: 0).described("How many are there, this one included.")),
            ("readingsShared", .integer(from: 0).described("Readings of this bridge that the others got.")),
            ("queriesSaved", .integer(from: 0).described("Queries that another bridge had made already.")),
            ("waited", .number.described("Seconds that queries waited for the fleet, in all.")),
        ]).described("The bridge's part in its fleet; absent without one.")
    }
}
