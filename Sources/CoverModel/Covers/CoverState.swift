/// The state of a cover task.
public enum CoverState: String, Sendable, Hashable, CaseIterable {
    /// Accepted, not started (`successFlag` 0).
    case pending
    /// In progress (`successFlag` 2). Other products of the vendor use 2 for a failure, but the cover API does not.
    case generating
    /// Finished (`successFlag` 1).
    case succeeded
    /// Failed (`successFlag` 3, or a code that means failure).
    case failed
    /// A flag or word that is not documented. It is never final.
    case unknown
}
