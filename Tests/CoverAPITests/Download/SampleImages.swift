import Foundation

/// Small complete images, and the positions at which tests can cut them.
enum SampleImages {
    static let png = decoded(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    static let gif = decoded("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    static let webp = decoded("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
    /// A JPEG image whose header contains a small picture with an end marker of its own. The image also has fill bytes,
    /// restart markers and two scans.
    static let jpeg: [UInt8] = [
        0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9, 0xFF, 0xFF, 0xDB, 0, 3, 0, 0xFF, 0xDA, 0, 3, 0, 0x12,
        0xFF, 0, 0x34, 0xFF, 0xD3, 0x56, 0xFF, 0xFF, 0xC4, 0, 2, 0xFF, 0xDA, 0, 2, 0x9A, 0xFF, 0xD9,
    ]

    static let all = [png, gif, webp, jpeg]

    private static func decoded(_ text: String) -> [UInt8] { Data(base64Encoded: text).map(Array.init) ?? [] }
}
