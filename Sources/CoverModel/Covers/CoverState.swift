/// Where a cover task stands.
public enum CoverState: String, Sendable, Hashable, CaseIterable {
    /// Accepted, not begun (`successFlag` 0).
    case pending
    /// Being drawn (`successFlag` 2; other products of the vendor use 2 for a failure, this one does not).
    case generating
    /// Done (`successFlag` 1).
    case succeeded
    /// Given up by the API (`successFlag` 3, or one of the codes that mean so).
    case failed
    /// A flag or word that nobody documented. Never final.
    case unknown
}
