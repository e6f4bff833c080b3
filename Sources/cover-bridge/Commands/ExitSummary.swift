import CoverAPI
import CoverModel
import CoverTerminal

/// The result of all tasks of one command. Each failure is printed once, and the most serious failure decides the exit
/// code.
struct ExitSummary {
    private(set) var status = ExitStatus.done

    mutating func add(_ status: ExitStatus) {
        if status.gravity > self.status.gravity { self.status = status }
    }

    /// - Parameters:
    ///   - error: the failure.
    ///   - taskId: the task that the failure is about; nil for none.
    ///   - status: the exit code, if it is not the error's own.
    ///   - command: the command that tries a download again, if it is not the same command.
    mutating func add(
        _ error: CoverError,
        of taskId: TaskID?,
        as status: ExitStatus? = nil,
        again command: String? = nil
    ) {
        add(status ?? ExitStatus(error))
        StandardError.conclude("cover-bridge: \(error.sentence(about: taskId, again: command))\n")
    }

    /// Adds a task that has failed according to the API.
    mutating func add(failed status: CoverStatus) {
        add(.failed)
        StandardError.conclude(status.failureLine + "\n")
    }

    /// Adds the images of a saved task whose URLs were refused, if there were any.
    mutating func add(refusedImagesOf status: CoverStatus) {
        guard let refusedImage = status.refusedImage else { return }
        add(.unsaved)
        let words = "\(status.taskId.text.displayable): not every image was saved. \(refusedImage.displayable)"
        StandardError.conclude("cover-bridge: \(words)\n")
    }
}

extension CoverStatus {
    /// One line that says why a task failed, and what to do next.
    var failureLine: String {
        let reason = failure?.message ?? "the API gives no reason"
        return "cover-bridge: \(taskId.text.displayable): the task failed: \(reason.displayable.asSentence) "
            + "A new cover needs a new \"generate\"."
    }
}

extension CoverError {
    /// What is wrong, where, and what to do next, in one line.
    ///
    /// - Parameters:
    ///   - taskId: the task that the error is about; nil for none.
    ///   - command: the command that tries a download again, if it is not the same command.
    func sentence(about taskId: TaskID?, again command: String? = nil) -> String {
        let place = hidesTask ? nil : taskId.map { "\($0.text.displayable): " }
        return (place ?? "") + [statement, advice(again: command)].compactMap(\.self).joined(separator: " ")
    }

    /// What is wrong: the message of the bridge, and the message of the API.
    var statement: String {
        let words = apiMessage.map { "The API says: \($0.displayable.asSentence)" }
        return [message.displayable, words].compactMap(\.self).joined(separator: " ")
    }

    private func advice(again command: String?) -> String? {
        switch kind {
        case .unauthorized where isOfGateway, .taskNotFound where isOfGateway:
            "\"cover-bridge doctor\" shows how far the way there works."
        case .unauthorized: "Check the key in --api-key-file or KIE_API_KEY."
        case .insufficientCredits: "Buy credits, then try again."
        // The message has a hint about the id.
        case .taskNotFound where taskId.flatMap(PastedID.hint) != nil: nil
        case .taskNotFound: "Check the id; the API keeps records for two months."
        case .conflict: "Kie.ai's own log of the account names it."
        case .rateLimited, .overloaded:
            retryAfter.map { "Try again in \(Int($0.rounded(.up))) s, or lower --rate." }
                ?? "Try again later, or lower --rate."
        case .maintenance, .serverError, .malformedResponse:
            "Try again later; \"cover-bridge doctor\" shows what works."
        case .unreachable, .requestTimeout: "\"cover-bridge doctor\" shows how far the route to the API works."
        case .fileExists: "The option is --overwrite."
        case .downloadFailed where retryable:
            "Try again" + (retryAfter.map { " in \(Int($0.rounded(.up))) s" } ?? "")
                + (command.map { ": \($0.displayable)" } ?? ".")
        default: nil
        }
    }
}

extension String {
    /// The text as a sentence. A full stop is added, unless the text ends with `.`, `!` or `?`.
    fileprivate var asSentence: String { hasSuffix(".") || hasSuffix("!") || hasSuffix("?") ? self : self + "." }
}
