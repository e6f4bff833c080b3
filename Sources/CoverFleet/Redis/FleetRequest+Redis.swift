import CoverModel
import Hiredis

// The parameters of the scripts, and their results.

extension FleetUrgency {
    var word: String {
        switch self {
        case .interactive: "interactive"
        case .background: "background"
        }
    }
}

extension FleetRequest {
    /// The urgency, the task, and the freshness that a reading needs to replace the query.
    var words: [String] {
        let freshness =
            switch freshness {
            case .newer(let seen): ["newer", seen.map { String($0.epoch) } ?? "", String(seen?.value ?? 0)]
            case .within(let age, let errorAge): ["within", FleetScript.time(age), FleetScript.time(errorAge)]
            }
        return [urgency.word, taskId.text] + freshness
    }
}

extension FleetClaim {
    /// How many times in a row the length of a pause can double. All further pauses have the same length.
    private static let mostRepeats: Int64 = 10

    /// The words for the claim that ends, and for its outcome.
    func words(_ outcome: FleetOutcome) -> [String] {
        let (word, lengths) = said(of: outcome.word)
        var (content, isFinal, kind) = ("", false, "status")
        if taskId != nil, case .answered(let result) = outcome, let reading = StoredReading(result) {
            content = reading.text
            switch result {
            case .success(let status): isFinal = status.final
            case .failure(let error): kind = error.isBackedOffFrom ? "fault" : "unknown"
            }
        }
        let claim = [String(epoch), String(fence), String(generation), taskId?.text ?? ""]
        return claim + [word, content, isFinal ? "1" : "0", kind] + lengths
    }

    /// The word for what an outcome says about the API, and the possible lengths of the pause that it causes. There is
    /// one length for each number of earlier pauses in a row.
    private func said(of word: FleetBreaker.Word) -> (word: String, lengths: [String]) {
        switch word {
        case .answered: return ("answered", [])
        case .nothing: return ("nothing", [])
        case .throttled(let cause, let retryAfter):
            let lengths = (0...Self.mostRepeats).map {
                FleetScript.time(FleetBreaker.length(cause, retryAfter, repeats: $0, pauseJitter))
            }
            return (cause.rawValue, lengths)
        }
    }
}

extension ScriptAnswer {
    mutating func turn(_ taskId: TaskID?) throws(Unexpected) -> FleetTurn {
        switch word {
        case "go": .go(try claim(taskId))
        case "wait": .wait(try wait())
        default: throw Unexpected()
        }
    }

    mutating func member() throws(Unexpected) -> FleetOverview.Member {
        let (id, rate, burst, name) = (try bridge(), try number(), try number(), try text())
        return FleetOverview.Member(
            bridge: FleetBridge(id: id, rate: rate, burst: burst, name: name),
            presentFor: try duration(),
            silentFor: try duration()
        )
    }
}
