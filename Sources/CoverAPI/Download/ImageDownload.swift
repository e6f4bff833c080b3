import CoverModel
import Crypto

/// One image on its way to the disk. Each piece is written as it arrives, on a thread that may block.
struct ImageDownload: ~Copyable {
    /// The largest accepted image, in bytes.
    static let largest = 50 * 1024 * 1024

    private let file: PartialFile
    private var hash = SHA256()
    /// The first bytes, until they show the type.
    private var start: [UInt8] = []
    private var type: MediaType?
    private var end: ImageEndDetector?
    private let expiry: ImageExpiry
    private(set) var received = 0
    private(set) var total: Int?
    /// The target of a redirect; nil if there is none.
    private(set) var redirect: String?
    /// How the body is packed, if it cannot be unpacked.
    private var packing: String?

    init(path: String, _ expiry: ImageExpiry) async throws(FileError) {
        file = try await BlockingWork.disk.run { () throws(FileError) in try PartialFile(path: path) }
        self.expiry = expiry
    }

    mutating func receive(_ part: ExchangePart) async throws {
        switch part {
        case .head(let head): try receive(head)
        case .body where redirect != nil: break
        case .body(let bytes): try await receive(bytes)
        }
    }

    /// Removes the incomplete file.
    func discard() async { await file.discarded() }

    private mutating func receive(_ head: ExchangeHead) throws {
        redirect = head.redirect
        guard redirect == nil else { return }
        guard head.hasImage else { throw CoverError.refusedImage(head, expiry) }
        packing = ContentCodings(head).unreadWords
        // A compressed body has another length than the content.
        total = head["content-encoding"] == nil ? head["content-length"].flatMap { Int($0) } : nil
        if let total, total > Self.largest { throw Self.tooLarge }
    }

    private mutating func receive(_ bytes: [UInt8]) async throws {
        received += bytes.count
        guard received <= Self.largest else { throw Self.tooLarge }
        hash.update(data: bytes)
        inspect(bytes)
        let file = file
        do throws(FileError) { try await BlockingWork.disk.run { () throws(FileError) in try file.write(bytes) } } catch
        {
            throw CoverError.cannotWrite(error, at: file.path)
        }
    }

    private mutating func inspect(_ bytes: [UInt8]) {
        if end != nil {
            end?.scan(bytes)
        } else if start.count < ForeignContent.length {
            start += bytes.prefix(ForeignContent.length)
            guard start.count >= MediaType.magicLength, let type = MediaType(magic: start) else { return }
            self.type = type
            end = ImageEndDetector(type)
            // The detector has not seen any bytes yet, because the earlier bytes were too few to recognise the type.
            end?.scan(start)
            end?.scan(bytes.dropFirst(ForeignContent.length))
        }
    }

    /// Returns the complete file, written to the disk but still under its temporary name.
    ///
    /// - Throws: `downloadFailed` if the file is empty or incomplete, or if it is no image.
    func finish(url: String) async throws -> FinishedDownload {
        guard received > 0 else { throw CoverError(.downloadFailed, "The image is empty.") }
        if let total, total != received { throw CoverError(.downloadFailed, "The image broke off before its end.") }
        guard let type = type ?? MediaType(magic: start) else { throw CoverError.noImage(start, packing: packing) }
        guard end?.isReached ?? false else { throw CoverError.incomplete(type) }
        let file = file
        do throws(FileError) {
            try await BlockingWork.disk.run { () throws(FileError) in try file.synchronize() }
        } catch {
            throw CoverError.cannotWrite(error, at: file.path)
        }
        return FinishedDownload(
            file: file,
            url: url,
            bytes: received,
            type: type,
            sha256: hash.finalize().hexadecimal
        )
    }

    static var tooLarge: CoverError {
        var error = CoverError(.downloadFailed, "The image is larger than \(largest) bytes.")
        error.retryable = false
        return error
    }
}

/// A complete image that still needs its name.
struct FinishedDownload: Sendable {
    let file: PartialFile
    let url: String
    let bytes: Int
    let type: MediaType
    let sha256: String
}

extension CoverError {
    /// - Parameters:
    ///   - cause: the error of the system.
    ///   - path: the path of a file. The message names its directory, because the file has a temporary name.
    static func cannotWrite(_ cause: FileError, at path: String) -> CoverError {
        let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? "."
        let message = "Nothing can be saved in \(directory): \(cause.reason). Mend that, or choose another directory."
        var error = CoverError(.downloadFailed, message)
        error.retryable = false
        return error
    }
}
