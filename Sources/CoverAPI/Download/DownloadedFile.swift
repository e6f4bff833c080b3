public import CoverModel

/// A saved image.
public struct DownloadedFile: Sendable, Hashable {
    /// The URL it was fetched from.
    public var url: String
    /// The path of the file.
    public var path: String
    /// The size of the file in bytes.
    public var bytes: Int
    /// The type according to the first bytes, as in `image/png`.
    public var mediaType: String
    /// The SHA-256 of the file in lower-case hexadecimal.
    public var sha256: String
    /// What is odd about the image: `equalFiles` if another image of the task has the same bytes.
    public var warnings: [CoverStatus.Warning] = []
}

/// The progress of a download.
public struct DownloadProgress: Sendable, Hashable {
    /// The number of the current image, counted from 1.
    public var image: Int
    /// The number of images in all.
    public var images: Int
    /// The bytes of the current image so far.
    public var receivedBytes: Int
    /// The size of the current image in bytes; nil if the server does not say.
    public var totalBytes: Int?
    /// Why the current image is fetched again; nil while it arrives.
    public var retry: Retry?

    /// A pause after a temporary fault of the host of an image.
    public struct Retry: Sendable, Hashable {
        /// The fault, in a sentence.
        public var message: String
        /// The length of the pause in seconds.
        public var after: Double
    }

    /// The fault and the pause in words, for people; nil while the image arrives.
    package var pauseSentence: String? {
        retry.map {
            "Image \(image) of \(images): \($0.message) It is fetched again in \(Int($0.after.rounded(.up))) s."
        }
    }
}
