/// The meaning of an error of Redis. In an error of a script, older versions of Redis put the code somewhere in the
/// text.
enum RedisRefusal: Sendable, Hashable {
    case wrongPassword, passwordWanted, noPasswordWanted, notAllowed
    case memoryFull, readOnly, cannotSave, loading, busy
    /// Another node of the cluster has the keys. The value is the address of that node, if Redis names it.
    case cluster(String?)
    case clusterDown, noDatabase, protected, tooManyClients, foreignKeys, noScripts
    /// The code of another error.
    case other(String)

    /// The permissions that the access control list must give to the user of a fleet.
    static let rules =
        "~{cover-bridge:* &{cover-bridge:* +@read +@write +@scripting +@pubsub +@connection +time +info"

    private static let codes: [(code: String, meaning: RedisRefusal)] = [
        ("WRONGPASS", .wrongPassword), ("NOAUTH", .passwordWanted), ("NOPERM", .notAllowed), ("OOM", .memoryFull),
        ("READONLY", .readOnly), ("MISCONF", .cannotSave), ("NOREPLICAS", .cannotSave), ("LOADING", .loading),
        ("MASTERDOWN", .loading), ("BUSY", .busy), ("ASK", .cluster(nil)), ("CROSSSLOT", .cluster(nil)),
        ("CLUSTERDOWN", .clusterDown), ("TRYAGAIN", .clusterDown), ("DENIED", .protected), ("WRONGTYPE", .foreignKeys),
    ]

    private static let sentences: [(words: String, meaning: RedisRefusal)] = [
        ("invalid password", .wrongPassword), ("without any password configured", .noPasswordWanted),
        ("max number of clients", .tooManyClients), ("DB index", .noDatabase), ("invalid DB", .noDatabase),
        ("SELECT is not allowed", .noDatabase),
        ("The user executing the script can't", .notAllowed), ("no permissions", .notAllowed),
        ("ACL failure", .notAllowed),
        ("unknown command", .noScripts),
    ]

    init(_ text: String) {
        let words = text.split { !$0.isASCII || !($0.isLetter || $0.isNumber || ":.[]-_".contains($0)) }
        if let moved = words.firstIndex(of: "MOVED") {
            let node = words.dropFirst(moved + 2).first.map(String.init)
            self = .cluster(node.flatMap { $0.contains(":") ? $0 : nil })
            return
        }
        let code = Self.codes.first { entry in words.contains { $0.trimmedDash == entry.code } }
        let sentence = Self.sentences.first { text.lowercased().contains($0.words.lowercased()) }
        self = code?.meaning ?? sentence?.meaning ?? .other(Self.code(of: words.first))
    }

    /// The first word if it is a code, such as ERR.
    private static func code(of word: Substring?) -> String {
        guard let word, word.count <= 20, word.allSatisfy({ $0.isUppercase || $0.isNumber }) else { return "an error" }
        return "the error \(word)"
    }
}

extension RedisFault {
    /// Whether the store makes a new connection after this fault. A new connection may succeed where this one failed:
    /// after a failover, for example, the address may lead to another server. A new connection also tests every
    /// permission, so a bridge that lacks one stays away, even if its heartbeat does not need that permission.
    var endsConnection: Bool {
        guard case .refused(let text) = self else { return true }
        return switch RedisRefusal(text) {
        case .readOnly, .cluster, .clusterDown, .loading, .passwordWanted, .notAllowed: true
        default: false
        }
    }
}

extension Substring {
    fileprivate var trimmedDash: Substring { hasPrefix("-") ? dropFirst() : self }
}
