import CoverModel
import Zlib

/// Removes one coding, gzip or deflate, from the body of an answer, piece by piece.
///
/// Some servers send codings without being asked. The rules are those of browsers: gzip may have several members,
/// deflate may lack its header, and data behind the end is ignored. If the end of the data is missing, the reader of
/// the content notices that.
final class Unpacker {
    private enum Rest {
        /// More compressed data is expected.
        case expected
        /// The data has ended. Another member of gzip may follow.
        case perhapsMember
        case ignored
    }

    /// How many bytes are unpacked at a time.
    private static let pieceLength = 65_536
    /// The largest content, in bytes. No reader accepts so much. The limit exists because nested codings could grow
    /// without limit.
    private static let largest = 64 * 1024 * 1024
    /// The largest number of codings, as in browsers.
    private static let mostCodings = 5

    private let source: Unpacker?
    private var stream: InflateStream?
    private var rest = Rest.expected
    private var input: ArraySlice<UInt8> = []
    /// Whether the last piece was full. In this case zlib may hold more of the content.
    private var isFull = false
    private var made = 0

    private init(source: Unpacker?) { self.source = source }

    /// The unpacker for an answer. Nil if there is nothing to unpack, or if there is an unknown coding; the content may
    /// be readable in that case too.
    ///
    /// - Throws: `malformedResponse` for more codings than any server needs.
    static func undoing(_ head: ExchangeHead) throws(CoverError) -> Unpacker? {
        let codings = ContentCodings(head)
        guard !codings.hasUnknown else { return nil }
        guard codings.known.count <= mostCodings else { throw unreadable }
        // The coding that was applied last is removed first. Each unpacker detects its format by the first byte.
        return codings.known.reduce(nil) { source, _ in Unpacker(source: source) }
    }

    /// Feeds bytes from the network. Everything fed before must have been unpacked.
    func take(_ bytes: [UInt8]) {
        if let source { source.take(bytes) } else { input = bytes[...] }
    }

    /// The next piece of the content; nil if more bytes from the network are needed.
    func next() throws(CoverError) -> [UInt8]? {
        while true {
            if input.isEmpty, !isFull {
                guard let more = try source?.next() else { return nil }
                input = more[...]
            }
            if rest == .ignored {
                (input, isFull) = ([], false)
                continue
            }
            let piece = try unpack()
            if !piece.isEmpty { return piece }
        }
    }

    private func unpack() throws(CoverError) -> [UInt8] {
        if stream == nil {
            guard let first = input.first else { return [] }
            if rest == .perhapsMember, first != Self.gzipMark {
                rest = .ignored
                return []
            }
            do throws(InflateError) { stream = try InflateStream(Self.format(first)) } catch { throw Self.unreadable }
        }
        var output = [UInt8](repeating: 0, count: Self.pieceLength)
        let step: InflateStream.Step?
        do throws(InflateError) { step = try stream?.step(input, into: &output) } catch { throw Self.unreadable }
        guard let step else { return [] }
        input = input.dropFirst(step.used)
        isFull = step.made == output.count && !step.isOver
        made += step.made
        guard made <= Self.largest else { throw Self.unreadable }
        if step.isOver {
            stream = nil
            rest = .perhapsMember
        }
        return Array(output.prefix(step.made))
    }

    private static let gzipMark: UInt8 = 0x1F

    /// The format according to the first byte, because servers disagree on the names of the codings.
    private static func format(_ first: UInt8) -> InflateStream.Format {
        if first == gzipMark { return .gzip }
        return first & 0x0F == 8 ? .zlib : .raw
    }

    private static let unreadable = CoverError(
        .malformedResponse,
        "The answer is packed in a way that cannot be unpacked, or is too large."
    )
}

/// The codings of a body, in the order in which they were applied.
struct ContentCodings {
    /// The codings that are gzip or deflate.
    private(set) var known: [Substring] = []
    /// All other codings.
    private var unknown: [String] = []

    /// Whether there is a coding that is not read.
    var hasUnknown: Bool { !unknown.isEmpty }

    /// How the body is packed, if it cannot be read. The words contain only names of the list, because a header may
    /// contain anything.
    var unreadWords: String? {
        guard hasUnknown else { return nil }
        let name = unknown.first { ["br", "zstd", "compress", "dcb", "dcz"].contains($0) }
        return name.map { "packed as \($0), which is not read" } ?? "packed in a way that is not read"
    }

    init(_ head: ExchangeHead) {
        let name = "content-encoding"
        for header in head.headers where header.name.utf8.count == name.utf8.count && header.name.lowercased() == name {
            for part in header.value.lowercased().split(separator: ",") {
                let coding = part.trimmed
                switch coding {
                case "", "identity": break
                case "gzip", "x-gzip", "deflate": known.append(coding)
                default: unknown.append(String(coding))
                }
            }
        }
    }
}
