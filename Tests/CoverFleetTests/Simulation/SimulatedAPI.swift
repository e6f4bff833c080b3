import CoverModel
import TestSupport

/// The API of a simulation. Each task has a life. In some periods the API answers with faults or asks for pauses.
struct SimulatedAPI {
    /// For each task, its states and the moments when they begin. Before its first state, the task is unknown.
    private var lives: [TaskID: [(at: Duration, state: CoverState)]] = [:]
    /// The periods in which the API answers with faults.
    var faulty: [Range<Duration>] = []
    /// The periods in which the API asks for a pause. In each, the answer does or does not say how long the pause is.
    var throttling: [(when: Range<Duration>, saysHowLong: Bool)] = []
    /// The number of queries that the API has answered.
    private(set) var queries = 0

    mutating func add(_ taskId: TaskID, _ life: [(Duration, CoverState)]) { lives[taskId] = life.map { ($0.0, $0.1) } }

    /// Adds tasks with random lives. All tasks end before this limit.
    mutating func addTasks(_ taskIds: [TaskID], before end: Duration, using random: inout SeededGenerator) {
        for taskId in taskIds {
            let moments = (0..<3).map { _ in end * Double.random(in: 0...1, using: &random) }.sorted()
            let visible = Bool.random(using: &random) ? .zero : min(moments[0], .seconds(20))
            let final: CoverState = Bool.random(using: &random) ? .succeeded : .failed
            add(taskId, [(visible, .pending), (moments[1], .generating), (moments[2], final)])
        }
    }

    mutating func answer(_ taskId: TaskID, at now: Duration) -> Result<CoverStatus, CoverError> {
        queries += 1
        if let (when, saysHowLong) = throttling.first(where: { $0.when.contains(now) }) {
            let left = saysHowLong ? (when.upperBound - now).inSeconds.rounded(.up) : nil
            return .failure(CoverError(.rateLimited, "too many", retryAfter: left, httpStatus: 429, apiCode: 429))
        }
        if faulty.contains(where: { $0.contains(now) }) {
            return .failure(CoverError(.serverError, "broken", httpStatus: 500, apiCode: 500))
        }
        guard let state = state(of: taskId, at: now) else {
            return .failure(CoverError(.taskNotFound, "unknown", httpStatus: 404, apiCode: 404))
        }
        return .success(.scripted(taskId, state))
    }

    func state(of taskId: TaskID, at now: Duration) -> CoverState? { lives[taskId]?.last { $0.at <= now }?.state }
}

extension CoverState {
    /// The position of the state in the life of a task. A later state has a higher rank.
    var rank: Int {
        switch self {
        case .unknown: -1
        case .pending: 0
        case .generating: 1
        case .succeeded, .failed: 2
        }
    }
}
