/// The behaviour of a task of the sandbox. The id of the task names it: `SCENARIO[-Ns][-anything]`.
///
/// An id without a scenario means `success-6s`.
package struct SandboxScenario: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case success, fail, pending, generating, missing, late, empty, flicker
        case ratelimit, maintenance, servererror, garbage, cutoff
        case unauthorized, nocredits, disabled, slow
    }

    package let kind: Kind
    /// The duration N in the id. It is 6 s if the id contains no duration, and never more than ``longest``.
    package let duration: Duration

    /// The longest duration, about 31 years. A longer duration is replaced by this one, so that no time overflows.
    package static let longest = Duration.seconds(1_000_000_000)
    private static let usual = Duration.seconds(6)
    /// How long a task of the scenario `late` runs after the API begins to show it.
    static let lateCourse = Duration.seconds(2)

    package init(_ kind: Kind, _ duration: Duration) {
        self.kind = kind
        self.duration = duration
    }

    package init(taskID: String) {
        let parts = taskID.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard let name = parts.first, let kind = Kind(rawValue: String(name)) else {
            self.init(.success, Self.usual)
            return
        }
        self.init(kind, parts.count > 1 ? Self.duration(parts[1]) ?? Self.usual : Self.usual)
    }

    /// Reads `6s` or `0.5s`, to the nanosecond; nil for anything else.
    static func duration(_ text: Substring) -> Duration? {
        guard text.last == "s" else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
        guard let whole = parts.first, isNumber else { return nil }
        guard let seconds = Int64(whole), Duration.seconds(seconds) < longest else { return longest }
        guard parts.count == 2 else { return .seconds(seconds) }
        let fraction = parts[1].prefix(9)
        let nanoseconds = Int64(fraction + String(repeating: "0", count: 9 - fraction.count)) ?? 0
        return .seconds(seconds) + .nanoseconds(nanoseconds)
    }
}
