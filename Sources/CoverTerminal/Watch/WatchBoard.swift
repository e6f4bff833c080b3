package import CoverModel
package import CoverWatch

/// The state of all watches at one moment. The board takes events and returns the rows of the screen. It does no I/O.
package struct WatchBoard: Sendable {
    package struct Entry: Sendable {
        package enum Saving: Sendable {
            /// The pause is a sentence about a fault of the host of an image; nil while an image arrives.
            case under(part: Double, pause: String? = nil)
            case done(files: Int)
            case failed(CoverError)
        }

        package var taskId: TaskID
        package var startedAt: Timestamp
        package var status: CoverStatus?
        package var end: WatchEnded?
        /// The moment at which the watch ended; nil while it runs.
        package var overAt: Timestamp?
        /// The moment of the next poll; nil while a query is in flight, and after the watch has ended.
        package var nextCheckAt: Timestamp?
        package var saving: Saving?

        package init(taskId: TaskID, startedAt: Timestamp) {
            self.taskId = taskId
            self.startedAt = startedAt
        }

        package init(_ watch: Watch) {
            self.init(taskId: watch.taskId, startedAt: watch.startedAt)
            // A resumed watch already has a status before its first event.
            status = watch.last
        }

        package var isOver: Bool { overAt != nil }
        package var hasFailed: Bool { end != nil || status?.state == .failed }
    }

    package private(set) var entries: [Entry] = []
    package private(set) var health = Health.ok
    /// Whether the API has ever answered. An answer of another server does not count.
    package private(set) var hasAnswer = false
    private var places: [TaskID: Int] = [:]
    private var open = 0

    package init() {}

    /// Whether queries have failed, and the API has never answered.
    package var isUnanswered: Bool { !hasAnswer && health.isSilent }

    /// Whether no watch is left.
    package var isOver: Bool { open == 0 }

    /// Adds tasks that are not on the board yet.
    package mutating func add(_ tasks: [Entry]) {
        for task in tasks where places[task.taskId] == nil {
            places[task.taskId] = entries.count
            entries.append(task)
            open += 1
        }
    }

    package mutating func take(_ event: WatchEvent, at now: Timestamp) {
        switch event {
        case .changed(let change):
            hasAnswer = true
            update(change.taskId, over: change.final ? now : nil) { $0.status = change.status }
        case .ended(let end):
            if end.error != nil, !end.isTimeout { hasAnswer = true }
            update(end.taskId, over: now) { $0.end = end }
        case .healthChanged(let health):
            if !health.isSilent { hasAnswer = true }
            self.health = health
        }
    }

    /// Updates the moment of the next poll of each task.
    package mutating func refresh(_ watches: [Watch]) {
        for watch in watches { update(watch.taskId) { $0.nextCheckAt = watch.nextCheckAt } }
    }

    package mutating func save(_ taskId: TaskID, _ saving: Entry.Saving) { update(taskId) { $0.saving = saving } }

    private mutating func update(_ taskId: TaskID, over: Timestamp? = nil, _ body: (inout Entry) -> Void) {
        guard let place = places[taskId], !entries[place].isOver || over == nil else { return }
        body(&entries[place])
        guard let over else { return }
        entries[place].overAt = over
        entries[place].nextCheckAt = nil
        open -= 1
    }
}

extension WatchBoard.Entry {
    /// The time from the creation of the task to its completion. If the API does not report the creation, the start of
    /// the watch is used. If the task is not completed, the end of the watch or the present moment is used.
    package func elapsed(at now: Timestamp) -> Duration {
        (status?.createdAt ?? startedAt).duration(to: status?.completedAt ?? overAt ?? now)
    }

    package var state: Span {
        if case .under(let part, _) = saving { return Span("saving \(Int(part * 100))%", .busy) }
        if let end { return Span(end.word, .bad) }
        return status.map { Span($0.state) } ?? Span("asking", .faint)
    }

    /// The rank of the task if not all tasks fit on the screen. Rank 0 is shown first.
    package var relevance: Int {
        if case .under = saving { return 0 }
        if isOver { return hasFailed ? 3 : 5 }
        return switch status?.state {
        case .generating: 1
        case .unknown: 2
        default: 4
        }
    }
}

extension Health {
    /// Whether the present health means that the API does not answer.
    fileprivate var isSilent: Bool { state == .unreachable || isForeign }
}

extension WatchEnded {
    /// The reason in one word of at most ten characters.
    package var word: String {
        switch reason {
        case Self.timeout: "timed out"
        case CoverError.Kind.taskNotFound.rawValue: "not found"
        case CoverError.Kind.unauthorized.rawValue, CoverError.Kind.missingCredentials.rawValue: "no access"
        case CoverError.Kind.insufficientCredits.rawValue: "no credits"
        case CoverError.Kind.featureDisabled.rawValue: "disabled"
        default: "ended"
        }
    }
}
