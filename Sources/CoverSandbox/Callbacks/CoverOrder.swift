/// What the id of a music task demands of its cover and of the callback: `[CALLBACK-][SCENARIO[-Ns]-]anything`, as in
/// `early-success-8s-a`.
struct CoverOrder: Hashable, Sendable {
    /// How the callback behaves.
    enum Announcement: String, CaseIterable, Sendable {
        /// One callback at the end, with a right signature.
        case signed
        /// A signature with another key.
        case forged
        /// A timestamp that is ten minutes old.
        case stale
        /// Two callbacks.
        case twice
        /// Half way to the end, before the record shows the end.
        case early
        case never
    }

    let announcement: Announcement
    /// The id of the cover, which follows from the music task's: a scenario and a hash.
    let taskID: String

    init(musicTaskID: String) {
        var parts = musicTaskID.split(separator: "-", omittingEmptySubsequences: false)[...]
        announcement = parts.first.flatMap { Announcement(rawValue: String($0)) } ?? .signed
        if parts.first.map(String.init) == announcement.rawValue { parts = parts.dropFirst() }
        var scenario: [Substring] = ["success", "6s"]
        if let kind = parts.first, SandboxScenario.Kind(rawValue: String(kind)) != nil {
            let duration = parts.dropFirst().first.flatMap { SandboxScenario.duration($0) == nil ? nil : $0 }
            scenario = [kind] + (duration.map { [$0] } ?? [])
        }
        taskID = (scenario.map(String.init) + [StableHash.text(musicTaskID)]).joined(separator: "-")
    }

    /// When the callback is sent, counted from the order; nil means never.
    var sentAfter: Duration? {
        guard announcement != .never, let end = SandboxScenario(taskID: taskID).end else { return nil }
        return announcement == .early ? end / 2 : end
    }
}

extension SandboxScenario {
    /// When the record shows the end, counted from the start of the task; nil for a task that never ends.
    var end: Duration? {
        switch kind {
        case .success, .fail, .flicker, .ratelimit, .maintenance, .servererror, .garbage, .cutoff, .empty: duration
        case .late: duration + Self.lateCourse
        case .slow: .zero
        case .pending, .generating, .missing, .unauthorized, .nocredits, .disabled: nil
        }
    }
}
