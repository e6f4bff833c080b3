import CoverAPI
import CoverModel
import CoverWatch
package import JSONRPC
import Jansson

package enum StartWatch: BridgeMethod {
    package static let name = "cover/watch"
    package static let summary = "Watches tasks until they end; each change is sent as `cover/statusChanged`."
    package static let parameters: [Parameter] = parameters(inSandbox: true)
    package static var result: (name: String, schema: Schema) { ("watches", ListWatches.result.schema) }

    package static func parameters(inSandbox: Bool) -> [Parameter] {
        let interval = interval(in: Limits.intervals(inSandbox: inSandbox))
        return [ParameterKey.taskIds.parameter, interval.parameter, ParameterKey.timeout.parameter]
    }

    /// - Parameter range: the allowed range for the API in use. The OpenRPC document names the wider range of the
    ///   sandbox.
    private static func interval(in range: ClosedRange<Double>) -> ParameterKey<Duration?> {
        let absent = Limits.interval.jsonText
        return ParameterKey("interval", "Seconds between two polls; default \(absent).", optional: .seconds(range))
    }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _: Session
    ) throws(RPCError) -> Answer<WatchList> {
        let taskIds = try arguments[.taskIds]
        let configuration = service.configuration
        let interval = try arguments[interval(in: configuration.intervals)] ?? configuration.defaultInterval
        let timeout = try arguments[.timeout]
        let pending = try service.now {
            // The journal must not store a key.
            try taskIds.forEach(service.client.check)
            return try service.engine.register(taskIds, interval: interval, timeout: timeout)
        }
        return .later {
            try await pending.commit()
            return WatchList(pending.watches)
        } onDelivery: { delivery in
            switch delivery {
            case .held: pending.postpone()
            // The watches begin after the answer was queued, so that the answer comes before the changes.
            case .queued: pending.activate()
            case .dropped: pending.rollback()
            }
        } onCancel: {
            // A peer that cancels the call does not want its watches. The peer may rely on the end of the watches, so
            // this waits until they are removed.
            try await pending.rolledBack()
        }
    }
}
