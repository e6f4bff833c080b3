package import CoverService
package import JSONRPC
import Jansson
import Synchronization

/// The bridge as a server of the Model Context Protocol, in both of its revisions (see ``ProtocolRevision``).
package final class MCPServer: Frontend {
    struct State {
        /// Whether `initialize` was answered.
        var hasShakenHands = false
        var subscriptions = SubscriptionTable()
        var log = LogGate()
        var finished = FinishedTasks()
    }

    let service: CoverService
    let state = Mutex(State())
    /// The lock for the watches of subscriptions. Subscriptions begin and end watches one after the other, so that each
    /// subscription sees the effect of the one before it.
    let borrowing = AsyncMutex()

    package init(service: CoverService) { self.service = service }

    package func answer(_ call: Call, in session: Session) -> Outcome {
        do throws(RPCError) {
            let request = try Request(call, hasShakenHands: state.withLock(\.hasShakenHands))
            return try answer(request, session)
        } catch {
            return .failure(error)
        }
    }

    private func answer(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        switch request.method {
        case .initialize: try initialize(request)
        case .ping: .result(.empty)
        case .discover: .result(discovery)
        case .listTools: try listTools(request)
        case .callTool: try callTool(request, session)
        case .listResources: try listResources(request)
        case .listTemplates: try listTemplates(request)
        case .readResource: try readResource(request, session)
        case .subscribe: try subscribe(request, session)
        case .unsubscribe: try unsubscribe(request, session)
        case .listen: try listen(request, session)
        case .complete: try complete(request)
        case .setLogLevel: try setLogLevel(request)
        }
    }

    /// Does nothing. No state depends on `notifications/initialized`, and the session itself handles
    /// `notifications/cancelled`.
    package func receive(_ notification: Call, in session: Session) {}

    /// Ends the open subscriptions, because no host is left to cancel them. They end with a result, as the protocol
    /// requires.
    package func inputEnded(in session: Session) {
        let streams = state.withLock { $0.subscriptions.endAll() }
        for stream in streams { stream.finish() }
    }

    private func setLogLevel(_ request: Request) throws(RPCError) -> Outcome {
        guard let value = request["level"] else {
            throw .invalidParams("the parameter \"level\" is missing", parameter: "level")
        }
        let level = try LogLevel.read(value)
        state.withLock { $0.log.level = level }
        return .result(.empty)
    }
}
