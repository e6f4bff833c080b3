/// A value for a parameter of a statement.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// UTF-8, compared byte by byte.
    case text(String)

    package init(_ integer: Int64?) { self = integer.map(Self.integer) ?? .null }

    package init(_ text: String?) { self = text.map(Self.text) ?? .null }
}
