/// What a query that brought no status means for the watch, or the wait, that made it.
package enum WatchConsequence: String, Sendable {
    /// All queries of all tasks pause.
    case hostPauses
    /// The task may be too fresh to be visible: asked again for the time of grace, then the watch ends.
    case invisible
    /// Asked again, with growing pauses, for as long as it takes.
    case tryAgain
    /// Something that is not the API refuses: asked again with growing pauses, until ``CoverError/mostForeignRefusals`` came in a row.
    case foreignRefusal
    /// Waits end with it, watches go on: it may be this machine's network or one of its files, and another one by and by.
    case endsWaits
    case ends
}

extension CoverError {
    package var consequence: WatchConsequence {
        switch kind {
        case _ where isOfThisMachine: .endsWaits
        case .rateLimited, .maintenance: .hostPauses
        case .taskNotFound: (apiCode ?? httpStatus) == 410 ? .ends : .invisible
        case .malformedResponse where [401, 403, 407, 410].contains(httpStatus): .foreignRefusal
        // Documented nowhere, and what a proxy says: even in the API's form it is most likely a proxy's word.
        case .serverError where apiCode == 407 || httpStatus == 407: .foreignRefusal
        case .shuttingDown: .tryAgain
        case .untrustedServer: .endsWaits
        case .unreachable where !retryable: .endsWaits
        default: retryable ? .tryAgain : .ends
        }
    }

    /// So many foreign refusals in a row are no passing fault any more.
    package static let mostForeignRefusals = 6

    /// The error that ends a watch after so many foreign refusals in a row, of which this was the last.
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
