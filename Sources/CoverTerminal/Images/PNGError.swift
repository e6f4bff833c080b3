/// The reason why a PNG file is not decoded. The caller shows a link instead of the picture, so a short reason is
/// enough.
package struct PNGError: Error, Equatable {
    package let reason: String

    /// The file is no PNG, or is damaged.
    static func malformed(_ part: String) -> PNGError { PNGError(reason: "malformed: \(part)") }

    /// The file is a PNG of an unsupported kind, or larger than any cover.
    static func unsupported(_ part: String) -> PNGError { PNGError(reason: "unsupported: \(part)") }
}
