package import CoverModel

/// The outcome of a claim.
package enum FleetOutcome: Sendable {
    /// The API answered, with a status or with an error. All bridges get the reading.
    case answered(Result<CoverStatus, CoverError>)
    /// The API answered a query that is not about a task's record.
    case succeeded
    /// The API asked for a pause of all queries: `rateLimited` or `maintenance`.
    case throttled(CoverError)
    /// There was no usable answer, for a reason that may concern only this bridge. Other bridges get no reading,
    /// because their own queries may succeed.
    case failed
    /// The query was not sent, or was given up.
    case dropped

    /// The outcome of a query about a task's record.
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

/// The result of ``FleetStore/finish(_:_:)``.
package struct FleetReceipt: Sendable, Hashable {
    /// The number of the reading; nil if none was kept, for example because the claim was void.
    package var number: ReadingNumber?
    /// The current pause; nil if there is none.
    package var pause: FleetPause?

    package init(number: ReadingNumber? = nil, pause: FleetPause? = nil) {
        self.number = number
        self.pause = pause
    }
}
