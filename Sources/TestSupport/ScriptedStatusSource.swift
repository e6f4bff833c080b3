package import CoverModel
package import CoverWatch
import Synchronization

/// A status source that follows a script. The script is a closure that gets the id of a task and the number of the
/// query, counted from 0, and returns the status.
///
/// The source can hold its answers back, so that a test decides when a query in flight ends.
package final class ScriptedStatusSource: StatusSource {
    package typealias Script = @Sendable (_ taskId: TaskID, _ query: Int) throws -> CoverStatus

    private struct State {
        var queries: [TaskID: Int] = [:]
        var holds = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let script: Script

    package init(_ script: @escaping Script) { self.script = script }

    /// A source whose tasks go through these states in order, and stay in the last one.
    package convenience init(states: [CoverState]) {
        self.init { taskId, query in .scripted(taskId, states[min(query, states.count - 1)]) }
    }

    package func poll(_ taskId: TaskID, _: FleetFreshness = .own) async throws -> Reading {
        let query = state.withLock { state in
            defer { state.queries[taskId, default: 0] += 1 }
            return state.queries[taskId, default: 0]
        }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.holds { state.held.append(continuation) }
                return state.holds
            }
            if !isHeld { continuation.resume() }
        }
        try Task.checkCancellation()
        do { return Reading(number: 0, .success(try script(taskId, query))) } catch let error as CoverError {
            return Reading(number: 0, .failure(error))
        }
    }

    /// The number of queries for a task.
    package func queries(of taskId: TaskID) -> Int { state.withLock { $0.queries[taskId] ?? 0 } }

    package var queries: Int { state.withLock { $0.queries.values.reduce(0, +) } }

    /// Holds the answers to queries back from now on.
    package func hold() { state.withLock { $0.holds = true } }

    /// Sends the held answers. After that, the source holds no more answers back.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.holds = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

extension CoverStatus {
    /// A simple status with this state. If the state is `succeeded`, the status has two images.
    package static func scripted(_ taskId: TaskID, _ state: CoverState, images: [String]? = nil) -> CoverStatus {
        CoverStatus(
            taskId: taskId,
            state: state,
            final: state == .failed || (state == .succeeded && images?.isEmpty != true),
            images: images ?? (state == .succeeded ? ["https://example.com/1.png", "https://example.com/2.png"] : []),
            failure: state == .failed ? Failure(code: 500, message: "no cover") : nil,
            checkedAt: Timestamp(milliseconds: 1_736_937_181_000)
        )
    }
}

/// The default budget for tests. It is so large that it has no effect.
extension StatusSource {
    package func turns(_ wanted: Int) async -> Turns { Turns(granted: wanted) }

    package func giveBack(_ turns: Int) {}
}
