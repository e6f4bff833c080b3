import CoverModel

/// Why a text is no key. The description does not contain the text.
package struct KeyFault: Error, Sendable, Hashable {
    /// The words after "it" in an error message, as in `is empty`.
    package let phrase: String

    private init(_ phrase: String) { self.phrase = phrase }

    static let empty = KeyFault("is empty")
    static let long = KeyFault("is far too long")
    /// The fault of a line like `DEBUG=true`, which a file of settings may have before the key.
    static let setting = KeyFault(
        "is an assignment, as in a file of settings; put only the key there, without a name"
    )

    /// Returns nil if the text can be a key.
    ///
    /// - Parameter text: the text, without the white space, quotes and prefixes that people paste around a key.
    init?(in text: Substring) {
        guard let first = text.first else {
            self = .empty
            return
        }
        let isAssignment = Self.isAssignment(text)
        if let invisible = text.unicodeScalars.first(where: { $0.properties.generalCategory == .format }) {
            self.init(
                "has an invisible character in it (\(invisible.codePoint)); type it again, or copy it from elsewhere"
            )
        } else if isAssignment {
            self.init("is an assignment; use only the key, which is behind the = or the :")
        } else if let name = Self.assignedName(in: text), name.allSatisfy({ !$0.isLowercase }) {
            self = .setting
        } else if text.hasPrefix("{\\rtf") {
            self.init("is a document of a word processor (RTF); save the key as plain text")
        } else if text.hasPrefix("version https://git-lfs") {
            self.init("is a pointer of Git LFS, in place of the file itself")
        } else if first == "{" && !text.hasPrefix("{{") || first == "[" && text.contains("\"") && text.last == "]" {
            self.init("is JSON; leave only the key")
        } else if ["#", "//", ";"].contains(where: text.hasPrefix) {
            self.init("is a comment; put only the key there")
        } else if text.hasPrefix("-----BEGIN ") {
            self.init("is a PEM file of a certificate or another kind of key")
        } else if first == "<" && Self.holds(text, "</") {
            self.init("is a web page")
        } else if Self.isPlaceholder(text) {
            self.init("is a placeholder that nothing has replaced; put the key in its place")
        } else if Self.holds(text, "://") || Self.isReference(text) {
            self.init("is an address, perhaps of a secret; put the key itself in its place")
        } else if Self.isPath(text) {
            self.init("is a path, perhaps of the key's file; put the key itself in its place")
        } else if Self.isCode(text) {
            self.init("is a piece of a program; put the key itself in its place")
        } else if text.contains(where: \.isWhitespace) {
            self.init("has blanks inside; leave only the key")
        } else if let odd = text.unicodeScalars.first(where: { $0 <= " " || $0 >= "\u{7F}" }) {
            let kind =
                odd.properties.generalCategory == .control ? "a control character" : "a character that is not ASCII"
            self.init("has \(kind) in it (\(odd.codePoint)); leave only the key")
        } else if Self.hasOtherSigns(text) {
            self.init("has brackets, quotes, commas, backslashes or the like, which no key has; leave only the key")
        } else if text.utf8.count > 4096 {
            self = .long
        } else {
            return nil
        }
    }

    /// Finds `KIE_API_KEY=…`, `export key=…`, `apiKey: …`. A key itself may end in =, as base64 does.
    private static func isAssignment(_ text: Substring) -> Bool {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" || $0 == ":" }
        guard parts.count == 2, parts[1].contains(where: { $0 != "=" }) else { return false }
        let words = parts[0].split(whereSeparator: \.isWhitespace)
        guard var name = words.last, words.count <= 2 else { return false }
        // PowerShell has `$env:KIE_API_KEY="…"`.
        if name == "$env", parts[1].contains("=") { name = parts[1].prefix { $0 != "=" } }
        let folded = name.lowercased()
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-\"'".contains($0)) }
            && ["key", "token", "authorization"].contains { holds(folded, $0) }
    }

    /// The name in an assignment like `DEBUG=true` or `export debug=true`; nil if the text is none. A key may end in =.
    private static func assignedName(in text: Substring) -> Substring? {
        let text = text.hasPrefix("export ") ? text.dropFirst(7).drop(while: \.isWhitespace) : text
        let name = text.prefix { $0 != "=" }
        guard let first = name.first, first.isLetter || first == "_", name.utf8.allSatisfy(\.isOfWord),
            text[name.endIndex...].contains(where: { $0 != "=" })
        else { return nil }
        return name
    }

    /// Whether these lines are several assignments, as in a file of settings. One such line may be a key, which may have
    /// an = in it.
    static func areSettings(_ lines: [Substring]) -> Bool {
        lines.count > 1 && lines.allSatisfy { assignedName(in: $0) != nil }
    }

    private static let words: Set<String> = [
        "undefined", "null", "none", "nil", "true", "false", "nan", "todo", "tbd", "fixme", "xxx", "apikey",
        "kieapikey",
        "kiekey", "placeholder", "example", "dummy", "redacted", "notset", "unset", "empty",
    ]

    /// Finds what programs replace by a secret: `vault:secret/data/kie#key`, `arn:aws:secretsmanager:…`.
    private static func isReference(_ text: Substring) -> Bool {
        let scheme = text.prefix { $0.isLetter || $0 == "-" }
        let rest = text[scheme.endIndex...]
        return scheme.count > 1 && rest.first == ":" && rest.dropFirst().contains { "/:".contains($0) }
    }

    /// Finds `/run/secrets/key`, `~/.config/key`, `./key`, and curl's form `@/run/secrets/key`. A key in base64 may begin
    /// with a slash, so only paths in folders that systems and containers have are found.
    private static func isPath(_ text: Substring) -> Bool {
        let text = text.first == "@" ? text.dropFirst() : text
        let folders = [
            "app", "data", "etc", "home", "mnt", "opt", "private", "root", "run", "secrets", "srv", "tmp", "usr", "var",
        ]
        return ["~/", "./", "../", "C:\\", "/Users/", "/Volumes/"].contains(where: text.hasPrefix)
            || text.hasPrefix("/") && folders.contains { text.dropFirst().hasPrefix($0 + "/") }
    }

    /// Finds `process.env.KIE_API_KEY`, `os.environ["KIE_API_KEY"]`.
    private static func isCode(_ text: Substring) -> Bool {
        ["process.env", "os.environ", "os.getenv", "import.meta.env", "Deno.env", "ENV["].contains(
            where: text.hasPrefix
        )
    }

    /// Finds remains of a list, of JSON, of terminal colours, or of an escape such as `\n`. In recordings, `[removed]` stands for a key.
    private static func hasOtherSigns(_ text: Substring) -> Bool {
        text != "[removed]" && text.contains { "\"'`,;()[]{}<>*\\".contains($0) }
    }

    /// Finds `${KIE_API_KEY}`, `$KEY`, `<YOUR_API_KEY>`, `{{key}}`, `%KEY%`, `your-api-key`, `sk-...`, `sk-xxxx`,
    /// `undefined`.
    private static func isPlaceholder(_ text: Substring) -> Bool {
        let frames = [("<", ">"), ("{{", "}}"), ("%", "%"), ("$", "")]
        if frames.contains(where: { text.count > 1 && text.hasPrefix($0.0) && text.hasSuffix($0.1) }) { return true }
        if ["...", "…", "***", "•••"].contains(where: { holds(text, $0) }) { return true }
        let letters = text.lowercased().filter(\.isLetter)
        if holds(letters, "your") && ["key", "token", "secret"].contains(where: { holds(letters, $0) })
            || ["changeme", "replaceme"].contains(letters) || holds(text.lowercased(), "xxxx")
        {
            return true
        }
        // A key contains digits; these words do not.
        guard text.allSatisfy({ $0.isLetter || $0 == "-" || $0 == "_" }) else { return false }
        return words.contains(letters)
            || letters.hasSuffix("key") && ["my", "insert", "enter"].contains(where: letters.hasPrefix)
            || letters.hasSuffix("here") && holds(letters, "key")
    }
    /// Whether a text contains a part. The search is written by hand: with the standard library's search, every start
    /// with a key would load the library for regular expressions and the runtime's whole table of conformances.
    private static func holds(_ text: some StringProtocol, _ part: String) -> Bool {
        let (text, part) = (Array(text.utf8), Array(part.utf8))
        return text.count >= part.count
            && (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }
}
