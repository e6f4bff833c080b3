public import CoverModel

/// An image that was saved.
public struct DownloadedFile: Sendable, Hashable {
    public var url: String
    public var path: String
    public var bytes: Int
    /// By the file's first bytes, as in `image/png`.
    public var mediaType: String
    /// In hexadecimal, lower case.
    public var sha256: String
    /// What is odd about it: `equalFiles`, where another image of the task has the same bytes.
    public var warnings: [CoverStatus.Warning] = []
}

/// How far a download has come.
public struct DownloadProgress: Sendable, Hashable {
    /// Which image, the first being 1, of how many.
    public var image: Int
    public var images: Int
    public var receivedBytes: Int
    /// Nil where the server does not say.
    public var totalBytes: Int?
}
