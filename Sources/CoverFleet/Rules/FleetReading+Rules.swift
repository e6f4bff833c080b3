import CoverModel

extension FleetReading {
    /// Whether this reading will do instead of a query.
    func satisfies(_ freshness: FleetRequest.Freshness) -> Bool {
        switch freshness {
        case .newer(let seen): number.isNewer(than: seen)
        case .within(let age): self.age < age
        }
    }
}

extension Result where Success == CoverStatus, Failure == CoverError {
    /// As the fleet keeps it: without callback URL, which is confidential, and the API's own record, which is large.
    var shared: Self {
        map { status in
            var status = status
            status.callbackUrl = nil
            status.record = nil
            return status
        }
    }
}
