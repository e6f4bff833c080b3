/// Why a file is not decoded. Whoever shows pictures shows a link instead, so a word is enough.
package struct PNGError: Error, Equatable {
    package let reason: String

    /// It is no PNG, or damaged.
    static func malformed(_ part: String) -> PNGError { PNGError(reason: "malformed: \(part)") }

    /// A PNG of a kind that is left out here, or larger than any cover.
    static func unsupported(_ part: String) -> PNGError { PNGError(reason: "unsupported: \(part)") }
}
