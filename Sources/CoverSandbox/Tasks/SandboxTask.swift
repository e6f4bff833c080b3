/// A task of the sandbox. It holds the scenario of the id, and those facts about earlier answers that the scenario
/// needs.
package struct SandboxTask: Sendable {
    package let scenario: SandboxScenario
    private var faults = 0
    private var generatingAnswers = 0
    private var finalAnswers = 0

    package init(taskID: String) {
        scenario = SandboxScenario(taskID: taskID)
    }

    /// The answer to a query.
    ///
    /// - Parameter elapsed: the time since the first query for this task.
    package mutating func answer(at elapsed: Duration) -> SandboxAnswer {
        let duration = scenario.duration
        switch scenario.kind {
        case .success: return .record(Self.course(elapsed, to: duration))
        case .fail: return .record(elapsed < duration ? Self.course(elapsed, to: duration) : .failed(after: duration))
        case .pending: return .record(.pending)
        case .generating: return .record(.generating)
        case .missing: return fault(.missing)
        case .late: return elapsed < duration ? fault(.missing) : .record(Self.lateCourse(elapsed, from: duration))
        case .empty: return .record(.succeeded(after: .zero, images: elapsed < duration ? 0 : 2))
        case .flicker: return .record(flickering(Self.course(elapsed, to: duration)))
        case .ratelimit: return elapsed < duration ? fault(.rateLimited) : recovered
        case .maintenance: return elapsed < duration ? fault(.maintenance) : recovered
        case .servererror: return elapsed < duration ? fault(.serverError) : recovered
        case .garbage: return elapsed < duration ? .garbage : recovered
        case .cutoff: return elapsed < duration ? .cutoff : recovered
        case .unauthorized: return fault(.unauthorized)
        case .nocredits: return fault(.insufficientCredits)
        case .disabled: return fault(.disabled)
        case .slow: return .record(.succeeded(after: .zero), after: duration)
        }
    }

    private var recovered: SandboxAnswer { .record(.succeeded(after: scenario.duration)) }

    /// The usual course of a task: pending for a third of the time, then generating, and at the end two images.
    private static func course(_ elapsed: Duration, to end: Duration) -> SandboxRecord {
        if elapsed >= end { return .succeeded(after: end) }
        return elapsed < end / 3 ? .pending : .generating
    }

    /// The course of `success-2s`, which begins when the API begins to show the task.
    private static func lateCourse(_ elapsed: Duration, from start: Duration) -> SandboxRecord {
        var record = course(elapsed - start, to: SandboxScenario.lateCourse)
        record.completedAfter = record.completedAfter.map { start + $0 }
        return record
    }

    private mutating func fault(_ fault: SandboxFault) -> SandboxAnswer {
        faults += 1
        return .fault(fault, faults.isMultiple(of: 2) ? .status : .body)
    }

    /// Changes the second answer "generating" and the second final answer to "pending". A database replica that lags
    /// behind would have this effect.
    private mutating func flickering(_ record: SandboxRecord) -> SandboxRecord {
        switch record.phase {
        case .pending:
            return record
        case .generating:
            generatingAnswers += 1
            return generatingAnswers == 2 ? .pending : record
        case .succeeded, .failed:
            finalAnswers += 1
            return finalAnswers == 2 ? .pending : record
        }
    }
}
