import CoverModel
import Zlib

/// Takes one coding off the body of an answer, gzip or deflate, piece by piece.
///
/// Codings come though none was asked for. They are read as browsers read them: gzip may have several members, deflate may lack its
/// header, what stands behind the packed data is ignored, and a missing end is left to the reader of the content to find.
final class Unpacker {
    private enum Rest {
        /// Packed data is to come.
        case expected
        /// The data came to its end. Another member of gzip may follow.
        case perhapsMember
        case ignored
    }

    /// So many bytes are made of each length of input at a time.
    private static let pieceLength = 65_536
    /// No reader takes as much; and a coding inside of another must not grow without end either.
    private static let largest = 64 * 1024 * 1024
    /// As many as browsers undo.
    private static let mostCodings = 5

    private let source: Unpacker?
    private var stream: InflateStream?
    private var rest = Rest.expected
    private var input: ArraySlice<UInt8> = []
    /// Whether the last piece was full, so that zlib may hold more of it.
    private var isFull = false
    private var made = 0

    private init(source: Unpacker?) { self.source = source }

    /// What undoes the codings of an answer; nil where there is nothing to undo, or one that is not known: the content may be readable
    /// all the same.
    ///
    /// - Throws: `malformedResponse` for more codings than any server has a reason for.
    static func undoing(_ head: ExchangeHead) throws(CoverError) -> Unpacker? {
        let codings = ContentCodings(head)
        guard !codings.hasUnknown else { return nil }
        guard codings.known.count <= mostCodings else { throw unreadable }
        // The one that was put on last comes off first. Each finds out by the first byte which it is.
        return codings.known.reduce(nil) { source, _ in Unpacker(source: source) }
    }

    /// Takes what came from the network. All of what was taken before must have been unpacked.
    func take(_ bytes: [UInt8]) {
        if let source { source.take(bytes) } else { input = bytes[...] }
    }

    /// The next piece of the content; nil where more must come from the network first.
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

    /// Servers disagree on what the names of the codings mean, and the first byte leaves no doubt.
    private static func format(_ first: UInt8) -> InflateStream.Format {
        if first == gzipMark { return .gzip }
        return first & 0x0F == 8 ? .zlib : .raw
    }

    private static let unreadable = CoverError(
        .malformedResponse,
        "The answer is packed in a way that cannot be unpacked, or is too large."
    )
}

/// The codings of an answer's body, in the order in which they were put on.
struct ContentCodings {
    /// How many of gzip and deflate.
    private(set) var known: [Substring] = []
    /// Whether there is another.
    private(set) var hasUnknown = false

    init(_ head: ExchangeHead) {
        let name = "content-encoding"
        for header in head.headers where header.name.utf8.count == name.utf8.count && header.name.lowercased() == name {
            for part in header.value.lowercased().split(separator: ",") {
                let coding = part.trimmed
                switch coding {
                case "", "identity": break
                case "gzip", "x-gzip", "deflate": known.append(coding)
                default: hasUnknown = true
                }
            }
        }
    }
}
