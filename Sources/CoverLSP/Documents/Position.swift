import JSONRPC
import Jansson

/// A place in a document in the protocol's form: line and character, both from 0 (LSP 3.17, `Position`).
struct Position: Equatable, Sendable, JSONEncodable {
    var line: Int
    /// The character, counted in units of the session's ``PositionEncoding``.
    var character: Int

    init(line: Int, character: Int) {
        self.line = line
        self.character = character
    }

    /// - Throws: `invalidParams` for an invalid position.
    init(_ json: JSONValue?) throws(RPCError) {
        guard let line = json?["line"]?.wholeNumber, let character = json?["character"]?.wholeNumber, line >= 0,
            character >= 0
        else { throw .invalidParams("a position has a line and a character, both from 0", parameter: "position") }
        // `largest` is the limit of the protocol. A larger number means the end of the line or of the document.
        self.init(line: Int(min(line, Self.largest)), character: Int(min(character, Self.largest)))
    }

    private static let largest = Int64(Int32.max)

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("line", line)
            $0.member("character", character)
        }
    }
}

/// A part of a document in the protocol's form. The end is not part of it.
struct PositionRange: Equatable, Sendable, JSONEncodable {
    var start: Position
    var end: Position

    init(start: Position, end: Position) {
        self.start = start
        self.end = end
    }

    /// - Throws: `invalidParams` for an invalid range.
    init(_ json: JSONValue) throws(RPCError) {
        start = try Position(json["start"])
        end = try Position(json["end"])
    }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("start", start)
            $0.member("end", end)
        }
    }
}

extension JSONValue {
    /// The value of a whole number. A number such as `3.0` also counts as whole, because some languages have only such
    /// numbers.
    fileprivate var wholeNumber: Int64? { integer ?? number.flatMap(Int64.init(exactly:)) }
}
