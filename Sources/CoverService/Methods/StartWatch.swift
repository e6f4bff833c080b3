import CoverModel
import CoverWatch
import JSONRPC

enum StartWatch: BridgeMethod {
    static let name = "cover/watch"
    static let summary = "Follows tasks to their end; each change comes as `cover/statusChanged`."
    static var parameters: [Parameter] {
        [
            .taskIds,
            Parameter("interval", "Seconds between two looks; default 30.", .number(from: 0.05, to: 86_400)),
            .timeout,
        ]
    }
    static var result: (name: String, schema: Schema) { ("watches", ListWatches.result.schema) }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        let taskIds = try arguments.taskIds()
        let configuration = service.configuration
        let interval = try arguments.seconds("interval", in: configuration.intervals) ?? configuration.defaultInterval
        let timeout = try arguments.timeout()
        let receipt = try service.now {
            try service.engine.register(taskIds, interval: interval, timeout: timeout)
        }
        // A peer that has cancelled the call has no use for the watches it made, and may rely on it that they are gone.
        return service.later(onCancel: { try await receipt.takenBack() }) {
            try await receipt.confirm()
            // The answer first, then the changes.
            return Reply(WatchList(receipt.watches)) { isSent in isSent ? receipt.start() : receipt.withdraw() }
        }
    }
}
