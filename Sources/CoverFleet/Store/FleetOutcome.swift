package import CoverModel

/// What came of a claim.
package enum FleetOutcome: Sendable {
    /// The API answered, with a status or with an error. Given to all where it is about a task.
    case answered(Result<CoverStatus, CoverError>)
    /// The API answered a query that is not about a task's record.
    case succeeded
    /// The API asked for a pause of all queries: `rateLimited` or `maintenance`.
    case throttled(CoverError)
    /// No usable answer, for a reason that may be this bridge's own: other bridges may fare better, and get no reading.
    case failed
    /// Nothing was sent, or the query was given up.
    case dropped

    /// What a query about a task's record brought, sorted by whom it concerns.
    package init(_ result: Result<CoverStatus, CoverError>) {
        guard case .failure(let error) = result else {
            self = .answered(result)
            return
        }
        switch error.kind {
        case _ where error.isOfThisMachine: self = .failed
        case .rateLimited, .maintenance: self = .throttled(error)
        case .missingCredentials, .insecureEndpoint, .shuttingDown, .overloaded: self = .dropped
        case .unreachable, .untrustedServer, .requestTimeout: self = .failed
        default: self = .answered(result)
        }
    }
}

/// What ``FleetStore/finish(_:_:)`` made of an outcome.
package struct FleetReceipt: Sendable, Hashable {
    /// The number of the reading; nil where none was kept, as with a claim that was void.
    package var number: ReadingNumber?
    /// The pause that holds now; nil where there is none.
    package var pause: FleetPause?

    package init(number: ReadingNumber? = nil, pause: FleetPause? = nil) {
        self.number = number
        self.pause = pause
    }
}
