/// What a failed query means for the watch or the wait that made it.
package enum WatchConsequence: String, Sendable {
    /// All queries of all tasks pause.
    case hostPauses
    /// The task may be too new to be visible. It is queried again until the grace period ends; then the watch ends.
    case invisible
    /// The task is queried again with growing pauses, without a limit.
    case tryAgain
    /// Something other than the API refuses. The task is queried again with growing pauses, until
    /// ``CoverError/mostForeignRefusals`` refusals in a row.
    case foreignRefusal
    /// Waits end with the error, and watches continue. The cause may be this machine's network or one of its files,
    /// which can change.
    case endsWaits
    case ends
}

extension CoverError {
    package var consequence: WatchConsequence {
        switch kind {
        case _ where isOfThisMachine: .endsWaits
        case .rateLimited, .maintenance: .hostPauses
        case .taskNotFound: (apiCode ?? httpStatus) == 410 ? .ends : .invisible
        case .malformedResponse where apiCode == 407 || [401, 403, 407, 410].contains(httpStatus): .foreignRefusal
        case .shuttingDown: .tryAgain
        case .untrustedServer: .endsWaits
        case .unreachable where !retryable: .endsWaits
        default: retryable ? .tryAgain : .ends
        }
    }

    /// This many foreign refusals in a row are not a passing fault.
    package static let mostForeignRefusals = 6

    /// Whether a refusal comes from a proxy, or from another server in the API's place, and not from the API.
    package var isOfGateway: Bool {
        apiCode == 407 || httpStatus == 407 || httpStatus != nil && apiCode == nil && apiMessage == nil
    }

    /// The error that ends a watch. This error was the last of the foreign refusals in a row.
    package var afterForeignRefusals: CoverError {
        CoverError(
            httpStatus == 410 ? .taskNotFound : .unauthorized,
            "\(Self.mostForeignRefusals) times in a row: \(message)",
            httpStatus: httpStatus,
            apiCode: apiCode,
            apiMessage: apiMessage,
            taskId: taskId
        )
    }
}
