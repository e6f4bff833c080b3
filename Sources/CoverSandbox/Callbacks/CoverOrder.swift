/// The behaviour of a cover and its callback, which the id of the music task names. The format of the id is
/// `[CALLBACK-][SCENARIO[-Ns]-]anything`, as in `early-success-8s-a`.
struct CoverOrder: Hashable, Sendable {
    /// The behaviour of the callback.
    enum Announcement: String, CaseIterable, Sendable {
        /// One callback at the end, with a valid signature.
        case signed
        /// The signature is made with another key.
        case forged
        /// The timestamp is ten minutes old.
        case stale
        /// The callback is sent twice.
        case twice
        /// The callback is sent at half of the time to the end, before the record shows the end.
        case early
        case never
    }

    let announcement: Announcement
    /// The id of the cover, which is computed from the id of the music task. It consists of a scenario and a hash.
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

    /// The time from the order to the callback; nil means that no callback is sent.
    var sentAfter: Duration? {
        guard announcement != .never, let end = SandboxScenario(taskID: taskID).end else { return nil }
        return announcement == .early ? end / 2 : end
    }
}

extension SandboxScenario {
    /// The time from the start of the task to the moment at which the record shows the end; nil for a task that never
    /// ends.
    var end: Duration? {
        switch kind {
        case .success, .fail, .flicker, .ratelimit, .maintenance, .servererror, .garbage, .cutoff, .empty: duration
        case .late: duration + Self.lateCourse
        case .slow: .zero
        case .pending, .generating, .missing, .unauthorized, .nocredits, .disabled: nil
        }
    }
}
