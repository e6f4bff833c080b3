import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    func initialize(_ call: Call, in session: Session) throws(RPCError) -> Outcome {
        let arguments = try Arguments(call)
        guard arguments["capabilities"]?.kind ?? .object == .object else {
            throw .invalidParams("the parameter \"capabilities\" must be an object", parameter: "capabilities")
        }
        let process = arguments["processId"]?.integer.flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
        try service.initialize(apiKey: nil, processId: process)
        let client = ClientCapabilities(arguments["capabilities"])
        let options = InitializationOptions(
            arguments["initializationOptions"],
            home: configuration.home,
            intervals: intervals
        )
        if let file = options.apiKeyFile {
            service.client.use(keyFile: file)
            // A document may have the key in the place of an id, which the journal must not store.
            service.client.readKeyFiles()
        }
        // The server also follows the watches that were resumed from the journal. None of their events was sent before,
        // because the server has sent nothing yet.
        let watches = service.engine.watches()
        state.withLock { state in
            state.phase = .introduced
            for watch in watches { state.follows.follow(watch) }
            state.count.begin(watches.map(\.taskId))
            state.client = client
            state.options = options
            state.finder = TaskIDFinder(pattern: options.idPattern, scenarios: configuration.scenarios)
            state.trace = TraceLevel(arguments["trace"]) ?? .off
        }
        if client.diagnostics { run { [weak self] in await self?.publishDiagnostics(session) } }
        return .result(Reply(InitializeResult(client: client)))
    }

    /// Handles `initialized`: the client has read the answer to `initialize`. From now on the server may send requests
    /// and notifications.
    func becomeReady(_ session: Session) {
        let (isFirst, client, faults) = state.withLock { state in
            let isFirst = state.phase == .introduced
            if isFirst { state.phase = .ready }
            return (isFirst, state.client, state.options.takeFaults())
        }
        guard isFirst else { return }
        for notice in configuration.notices { show(.warning, notice, session) }
        for fault in faults { show(.error, "Cover Bridge: initializationOptions: \(fault)", session) }
        run { [weak self] in await self?.requestRefreshes(of: client.refreshMethod, session) }
        if client.workDoneProgress { run { [weak self] in await self?.reportCounts(session) } }
        if client.configuration { run { [weak self] in await self?.fetchSettings(session) } }
        if client.registersConfiguration { run { await Self.registerForSettings(session) } }
        standingsChanged()
        run { [weak self] in await self?.restoreFinished(session) }
    }

    /// Handles `shutdown`. After that, the server sends no more requests, and refuses every further request of the
    /// client.
    func shutDown(_ session: Session) -> Outcome {
        endTasks()
        session.shutDown()
        return .result(.null)
    }

    /// Runs work in a task that ends with the session.
    func run(_ work: @escaping @Sendable () async -> Void) {
        let task = Task { await work() }
        let isOver = state.withLock { state in
            if state.phase != .over { state.tasks.append(task) }
            return state.phase == .over
        }
        if isOver { task.cancel() }
    }

    func endTasks() {
        let tasks = state.withLock { state in
            state.phase = .over
            defer { (state.tasks, state.clock) = ([], nil) }
            return state.tasks + [state.clock].compactMap(\.self)
        }
        for task in tasks { task.cancel() }
    }

    /// Adds the covers in the journal that were final before this process started, except those that the user stopped
    /// following.
    private func restoreFinished(_ session: Session) async {
        guard let dismissals = try? await service.engine.dismissals() else { return }
        var sequence: Int64 = 0
        while let page = try? await service.engine.changes(after: sequence, limit: 1000) {
            let entries = page.entries.filter { $0.sequence > dismissals[$0.taskId] ?? 0 }
            state.withLock { state in for entry in entries { state.follows.restore(entry) } }
            guard page.more, let last = page.entries.last?.sequence else { break }
            sequence = last
        }
        standingsChanged()
    }

    /// The allowed intervals, in seconds.
    var intervals: ClosedRange<Double> { Limits.intervals(inSandbox: service.configuration.isSandbox) }
}
