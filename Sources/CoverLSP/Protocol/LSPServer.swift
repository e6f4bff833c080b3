import CoverModel
package import CoverService
import CoverWatch
package import JSONRPC
import Jansson
import Synchronization

/// The bridge as a server of the Language Server Protocol 3.17.
///
/// Documents and features are values under one lock, and requests are answered on the reader's thread. So a request
/// sees the document in the state that it had when the client sent the request. Work that needs the API or the client
/// runs in tasks.
package final class LSPServer: Frontend {
    /// The settings that the command gives to the server.
    package struct Configuration: Sendable {
        /// The first words of the sandbox's task ids; none if the API is not the sandbox.
        package var scenarios: [String] = []
        /// The user's home folder, for paths that begin with `~/`.
        package var home: String?
        /// Messages for the user about the start of the server, for example that another process uses the journal. Each
        /// message is shown once.
        package var notices: [String] = []

        package init() {}
    }

    enum Phase {
        /// No `initialize` was received yet.
        case new
        /// `initialize` was answered, but `initialized` was not received yet.
        case introduced
        case ready
        /// The input has ended, or `shutdown` was received.
        case over
    }

    struct State {
        var phase = Phase.new
        var client = ClientCapabilities()
        var options = InitializationOptions()
        var finder = TaskIDFinder()
        /// Whether the user knows that the pattern for ids is too slow.
        var hasShownSlowPattern = false
        var documents: [DocumentURI: Document] = [:]
        /// The documents whose diagnostics may have changed since they were published.
        var unchecked: Set<DocumentURI> = []
        /// The documents that were closed since the diagnostics were last published.
        var closed: Set<DocumentURI> = []
        var follows = FollowTable()
        /// The reason why the API does not answer queries now; nil while the API answers.
        var outage: String?
        var count = CoverCount()
        var trace = TraceLevel.off
        /// For each token, the function that `window/workDoneProgress/cancel` calls to end the work.
        var cancellations: [ProgressToken: @Sendable () -> Void] = [:]
        var lastToken = 0
        /// The tasks that run for the session and end with it.
        var tasks: [Task<Void, Never>] = []
        /// The task that refreshes the hints when a shown duration changes.
        var clock: Task<Void, Never>?
    }

    let service: CoverService
    let configuration: Configuration
    let state = Mutex(State())
    /// Wakes the loop that publishes diagnostics.
    let checks = WakeUp()
    /// Wakes the loop that makes the client fetch hints again.
    let refreshes = WakeUp()
    /// Wakes the loop that fetches the client's settings.
    let settings = WakeUp()
    /// Wakes the loop that reports how many covers are done.
    let counts = WakeUp()

    package init(service: CoverService, configuration: Configuration = Configuration()) {
        self.service = service
        self.configuration = configuration
    }

    package func answer(_ call: Call, in session: Session) -> Outcome {
        do throws(RPCError) {
            if call.method == Method.initialize.rawValue { return try initialize(call, in: session) }
            guard state.withLock({ $0.phase != .new }) else { throw .serverNotInitialized }
            guard let method = Method(rawValue: call.method) else { throw .noSuchMethod(call.method) }
            return try answer(method, Arguments(call), session)
        } catch {
            return .failure(error)
        }
    }

    private func answer(_ method: Method, _ arguments: Arguments, _ session: Session) throws(RPCError) -> Outcome {
        switch method {
        case .initialize: throw .noSuchMethod(method.rawValue)
        case .shutdown: shutDown(session)
        case .hover: try hover(arguments)
        case .inlayHint: try inlayHints(arguments)
        case .codeLens: try codeLenses(arguments)
        case .codeAction: try codeActions(arguments)
        case .documentLink: try documentLinks(arguments)
        case .completion: try completion(arguments)
        case .executeCommand: try execute(arguments, session)
        }
    }

    package func receive(_ notification: Call, in session: Session) {
        if notification.method == "exit" { return session.exit() }
        guard state.withLock({ $0.phase != .new }), let kind = Incoming(rawValue: notification.method) else { return }
        do throws(RPCError) {
            try receive(kind, Arguments(notification), session)
        } catch {
            log(.error, "\(notification.method): \(error.message)", session)
        }
    }

    private func receive(_ kind: Incoming, _ arguments: Arguments, _ session: Session) throws(RPCError) {
        switch kind {
        case .initialized: becomeReady(session)
        case .didOpen: try didOpen(arguments, session)
        case .didChange: try didChange(arguments, session)
        case .didClose: try didClose(arguments)
        case .didChangeConfiguration: changeSettings(arguments["settings"]?["cover-bridge"], session)
        case .setTrace: try setTrace(arguments)
        case .cancelProgress: cancelProgress(arguments["token"])
        }
    }

    package func inputEnded(in session: Session) { endTasks() }
}
