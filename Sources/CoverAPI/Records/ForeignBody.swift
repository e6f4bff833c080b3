import Jansson

/// What came in place of an answer of the API, for an error.
enum ForeignBody {
    case nothing
    /// The body has a coding that was removed, and no content was left.
    case nothingPacked
    case webPage
    case otherJSON
    /// The body has a coding that is not read.
    case packed(words: String)
    case deepJSON
    case brokenJSON
    case plainText
    case unknownBytes

    init(_ response: ExchangeResponse, isJSON: Bool) {
        let (codings, body) = (ContentCodings(response.head), response.body)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let first = body.dropFirst(body.starts(with: mark) ? mark.count : 0).first { $0 > 0x20 }
        if body.isEmpty {
            self = codings.known.isEmpty ? .nothing : .nothingPacked
        } else if first == UInt8(ascii: "<") {
            self = .webPage
        } else if isJSON {
            self = .otherJSON
        } else if let words = codings.unreadWords {
            self = .packed(words: words)
        } else if JSONValue.isTooDeep(body) {
            self = .deepJSON
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            self = .brokenJSON
        } else {
            // No text of any usual encoding has these control characters.
            self = body.contains { $0 < 0x09 } ? .unknownBytes : .plainText
        }
    }

    var words: String {
        switch self {
        case .nothing: "nothing"
        case .nothingPacked: "a packed body that is empty, or broke off before its end"
        case .webPage: "a web page"
        case .otherJSON: "JSON of another form"
        case .packed(let words): "a body \(words)"
        case .deepJSON: "JSON with more than 64 levels"
        case .brokenJSON: "no whole JSON"
        case .plainText: "plain text"
        case .unknownBytes: "bytes that are no text"
        }
    }

    /// Whether the body alone shows that another program has answered.
    var isOfAnotherProgram: Bool {
        switch self {
        case .webPage, .otherJSON, .plainText, .unknownBytes: true
        case .nothing, .nothingPacked, .packed, .deepJSON, .brokenJSON: false
        }
    }
}
