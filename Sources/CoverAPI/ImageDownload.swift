import Crypto

/// One image on its way to the disk: each piece is written as it comes.
struct ImageDownload: ~Copyable {
    /// Larger images, in bytes, are refused.
    static let largest = 50 * 1024 * 1024

    private let file: PartialFile
    private var hash = SHA256()
    private var magic: [UInt8] = []
    private(set) var received = 0
    private(set) var total: Int?
    /// Where the server sends us instead.
    private(set) var redirect: String?

    init(path: String) throws(FileError) { file = try PartialFile(path: path) }

    mutating func receive(_ part: ExchangePart) throws {
        switch part {
        case .head(let head): try receive(head)
        case .body where redirect != nil: break
        case .body(let bytes): try receive(bytes)
        }
    }

    private mutating func receive(_ head: ExchangeHead) throws {
        redirect = head.redirect
        guard redirect == nil else { return }
        guard head.status == 200 else { throw CoverError.refusedImage(head) }
        // What is packed has another length unpacked.
        total = head["content-encoding"] == nil ? head["content-length"].flatMap { Int($0) } : nil
        if let total, total > Self.largest { throw Self.tooLarge }
    }

    private mutating func receive(_ bytes: [UInt8]) throws {
        received += bytes.count
        guard received <= Self.largest else { throw Self.tooLarge }
        if magic.count < MediaType.magicLength { magic += bytes.prefix(MediaType.magicLength - magic.count) }
        hash.update(data: bytes)
        do throws(FileError) { try file.write(bytes) } catch { throw CoverError.cannotWrite(error, at: file.path) }
    }

    /// The file, whole and on the disk, but still under its temporary name.
    ///
    /// - Throws: `downloadFailed` for an empty file, one that broke off, and one that is no image.
    consuming func finish(url: String) throws -> FinishedDownload {
        guard received > 0 else { throw CoverError(.downloadFailed, "The image is empty.") }
        if let total, total != received { throw CoverError(.downloadFailed, "The image broke off before its end.") }
        guard let type = MediaType(magic: magic) else { throw CoverError.notAnImage }
        do throws(FileError) { try file.synchronize() } catch { throw CoverError.cannotWrite(error, at: file.path) }
        return FinishedDownload(
            file: file,
            url: url,
            bytes: received,
            type: type,
            sha256: hash.finalize().hexadecimal
        )
    }

    private static var tooLarge: CoverError {
        var error = CoverError(.downloadFailed, "The image is larger than \(largest) bytes.")
        error.retryable = false
        return error
    }
}

/// An image that is whole and waits for its name.
struct FinishedDownload: Sendable {
    let file: PartialFile
    let url: String
    let bytes: Int
    let type: MediaType
    let sha256: String
}

extension CoverError {
    /// - Parameter path: of a file; its directory is named, as the file's own name is not the one that is meant to stay.
    static func cannotWrite(_ cause: FileError, at path: String) -> CoverError {
        let directory = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        let message = "Nothing can be saved in \(directory): \(cause.reason). Mend that, or choose another directory."
        var error = CoverError(.downloadFailed, message)
        error.retryable = false
        return error
    }
}
