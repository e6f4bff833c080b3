import APITestSupport
import CoverModel
import Jansson
import TestSupport
import Testing

@testable import CoverAPI

struct KeyFileTests {
    private static func authorization(_ request: ExchangeRequest) -> String? {
        request.headers.first { $0.name == "Authorization" }?.value
    }

    private func client(_ file: String, _ exchange: ScriptedExchange) throws -> CoverClient {
        let credentials = Credentials(file: file, variables: ["KIE_API_KEY": "weaker"])
        var configuration = CoverClient.Configuration(credentials: credentials)
        // The repeated query needs a second token. The clock stands still, so both tokens must come from the burst.
        configuration.burst = 4
        return try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
    }

    @Test func aRotatedKeyIsReadAgainOnce() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("\nBearer old \n", to: "key")
        let exchange = ScriptedExchange { request, _ in
            guard Self.authorization(request) == "Bearer new" else {
                directory.write("new", to: "key")
                return .json("{}", status: 401)
            }
            return .json(#"{"code":200,"data":{"successFlag":0}}"#)
        }
        let client = try client(directory.path + "/key", exchange)
        #expect(await client.credentialSource == .file)
        #expect(try await client.poll("t").state == .pending)
        #expect(exchange.requests.map(Self.authorization) == ["Bearer old", "Bearer new"])
    }

    /// The API may repeat a key that was replaced, the weaker key of the environment, or the key of the webhooks.
    @Test func noKeyOfTheProcessIsShown() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("the-old-key", to: "key")
        let exchange = ScriptedExchange { request, _ in
            guard Self.authorization(request) == "Bearer the-new-key" else {
                directory.write("the-new-key", to: "key")
                return .json(#"{"code":401,"msg":"no"}"#)
            }
            let words = "the-old-key, the-new-key, key weaker, the-webhook-key"
            return .json(
                #"{"code":200,"data":{"successFlag":3,"errorMessage":"\#(words)","note":"\#(words)"}}"#
            )
        }
        var configuration = CoverClient.Configuration(
            credentials: Credentials(file: directory.path + "/key", variables: ["KIE_API_KEY": "weaker"])
        )
        configuration.webhookCredentials.environment = APIKey("the-webhook-key")
        configuration.burst = 4
        let client = try CoverClient(
            configuration: configuration,
            exchange: exchange,
            timeline: ManualClock().timeline()
        )
        let status = try await client.status(of: "t", includeRecord: true)
        #expect(status.failure?.message == "[key], [key], key [key], [key]")
        #expect(status.record?["note"]?.string == "[key], [key], key [key], [key]")
        #expect(client.redacting("the-old-key the-webhook-key") == "[key] [key]")
    }

    @Test func anUnchangedKeyIsNotTriedAgain() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("k", to: "key")
        let exchange = ScriptedExchange([.json(#"{"code":401,"msg":"m"}"#)])
        await expect(kind: .unauthorized) { try await client(directory.path + "/key", exchange).status(of: "t") }
        #expect(exchange.requests.count == 1)
    }

    /// Some texts are base64, a password with a slash, and a text that is too long for the name of a file.
    @Test(arguments: [
        "sk_live_ABCDEFGH12345678", "ABCDEFGH", "ABCDEFGH+/1234=", "pass/ABCDEFGH!", "/ABCDEFGH",
        "./ABCDEFGH1234567890abcdef",
        "/tmp/ABCDEFGH1234567890abcdef", "/nowhere/ABCDEFGH1234567890abcdef", "/ABCDEFGH/1234567890abcdefghij",
        String(repeating: "ABCDEFGH", count: 99),
    ])
    func aSecretInThePlaceOfItsFileIsNotShown(_ text: String) async throws {
        let client = try client(text, ScriptedExchange([.silence]))
        let error = await #expect(throws: CoverError.self) { try await client.status(of: "t") }
        #expect(error?.kind == .missingCredentials && error?.message.contains("not the key") == true)
        #expect(error?.message.contains("ABCDEFGH") == false)
        let other = #expect(throws: CoverError.self) { try PasswordFile.password(in: text) }
        #expect(other?.message.contains("not the password") == true && other?.message.contains("ABCDEFGH") == false)
    }

    @Test(arguments: ["debug=1\nother=ABCDEFGH", "\nexport a=1\r\n\nb=ABCDEFGH", "api_key=ABCDEFGH\ndebug=1"])
    func aFileOfSettingsIsNoKeyFile(_ text: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(text, to: ".env")
        let client = try client(directory.path + "/.env", ScriptedExchange([]))
        let error = await #expect(throws: CoverError.self) { try await client.status(of: "t") }
        #expect(error?.message.contains("is an assignment, as in a file of settings") == true)
        #expect(error?.message.contains("ABCDEFGH") == false)
    }

    /// The first line would be sent as a key.
    @Test(arguments: ["ABCDEFGH1234\n56789012", "ABCDEFGH1234\r\nABCDEFGH5678\r\n", "ABC123==\nold\n"])
    func aFileOfSeveralLinesIsNoKeyFile(_ text: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(text, to: "key")
        let path = directory.path + "/key"
        for (content, read) in [
            ("key", { _ = try KeyFile.key(in: path, patience: .zero) }),
            ("password", { _ = try PasswordFile.password(in: path) }),
        ] as [(String, () throws -> Void)] {
            let error = #expect(throws: CoverError.self) { try read() }
            #expect(
                error?.message
                    == "The \(content) file \(path) has more than one line of text. Leave only the \(content), on one line."
            )
        }
    }

    @Test(arguments: ["ABCDEFGH1234,ABCDEFGH5678", "ABCDEFGH1234 ABCDEFGH5678", "ABCDEFGH1234;ABCDEFGH5678"])
    func twoKeysOnOneLineAreNoKey(_ text: String) {
        let fault = #expect(throws: KeyFault.self) { try APIKey(checking: text) }
        #expect(fault?.phrase.hasSuffix("; leave only the key") == true)
    }

    /// A query would send the key in its URL.
    @Test(arguments: [true, false], ["", "Bearer ", "x", "[key]"])
    func aKeyInThePlaceOfATaskIsNeitherSentNorShown(isOrder: Bool, before: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write("sk_live_ABCDEFGH12345678", to: "key")
        let exchange = ScriptedExchange([])
        let client = try client(directory.path + "/key", exchange)
        let id = TaskID(before + "sk_live_ABCDEFGH12345678")
        let error = await #expect(throws: CoverError.self) {
            if isOrder {
                _ = try await client.generate(from: id, callbackUrl: nil)
            } else {
                _ = try await client.status(of: id)
            }
        }
        #expect(error?.kind == .badRequest && error?.taskId == nil)
        #expect(error?.message.contains("ABCDEFGH") == false)
        #expect(exchange.requests.isEmpty)
    }

    /// The contents of key files that a person has written by hand, with the words of the error for each.
    private static let faults: [(bytes: [UInt8], words: String)] = [
        text("# my key\nsk-123", "a comment"), text("// sk-123", "a comment"),
        text("DEBUG=true", "file of settings"), text("FOO=1\nKIE_API_KEY=sk-123\n", "file of settings"),
        text("KIE_API_KEY=sk-123", "assignment"), text("{\n\"key\": \"sk-123\"}", "JSON"),
        text("${KIE_API_KEY}\n", "placeholder"), text("\u{FEFF}<YOUR_API_KEY>\r\n", "placeholder"),
        text("sk-123\u{200B}\n", "U+200B"), ([0xFF, 0xFE, 0x73, 0], "UTF-16"), text("\u{FEFF}\r\n", "empty"),
        ([UInt8](repeating: 0x61, count: 70_000), "too large"), ([UInt8](repeating: 0x61, count: 60_000), "too long"),
    ]

    private static func text(_ text: String, _ words: String) -> (bytes: [UInt8], words: String) {
        (Array(text.utf8), words)
    }

    @Test(arguments: faults)
    func aTextThatIsNoKeyIsNamed(_ bytes: [UInt8], _ words: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(bytes, to: "key")
        let exchange = ScriptedExchange([])
        let client = try client(directory.path + "/key", exchange)
        let error = try await #require(throws: CoverError.self) { try await client.poll("t") }
        #expect(error.kind == .missingCredentials)
        #expect(error.message.contains(words) && error.message.contains(directory.path), "\(error.message)")
        #expect(!error.message.contains("sk-123"))
        #expect(exchange.requests.isEmpty)
    }

    @Test(arguments: ["\u{FEFF}sk-123\r\n", "\n  'sk-123'\n# of kie\n", "Bearer sk-123"])
    func aKeyInTheFormThatEditorsSaveIsAccepted(_ text: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(Array(text.utf8), to: "key")
        let exchange = ScriptedExchange([.json(#"{"code":200,"data":{"successFlag":0}}"#)])
        _ = try await client(directory.path + "/key", exchange).poll("t")
        #expect(exchange.requests.first.flatMap(Self.authorization) == "Bearer sk-123")
    }

    /// A key may end in =, as Base64 does, and a key alone may look like an assignment to a name in small letters.
    @Test(arguments: [("c2stMTIz=\n# of kie\n", "c2stMTIz="), ("ABC123==\n", "ABC123=="), ("a=b\n\n", "a=b")])
    func aKeyWithAnEqualsSignIsAccepted(_ text: String, _ key: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(Array(text.utf8), to: "key")
        let exchange = ScriptedExchange([.json(#"{"code":200,"data":{"successFlag":0}}"#)])
        _ = try await client(directory.path + "/key", exchange).poll("t")
        #expect(exchange.requests.first.flatMap(Self.authorization) == "Bearer " + key)
    }

    @Test(arguments: [("/dev/zero", "neither a file nor a pipe"), ("/tmp", "directory"), ("/dev/null", "neither")])
    func aPathThatIsNoFileIsRefused(_ path: String, _ words: String) {
        let error = #expect(throws: CoverError.self) { try KeyFile.key(in: path, patience: .seconds(30)) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func theWaitForAnEmptyPipeIsLimited() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let pipe = directory.makePipe("pipe")
        let error = #expect(throws: CoverError.self) { try KeyFile.key(in: pipe, patience: .milliseconds(20)) }
        #expect(error?.message.contains("nothing came through the pipe") == true)
        // Another program has opened the pipe, and writes nothing into it.
        let writer = directory.open(pipe)
        defer { directory.close(writer) }
        #expect(throws: CoverError.self) { try KeyFile.key(in: pipe, patience: .milliseconds(20)) }
    }

    @Test(.timeLimit(.minutes(5))) func aPipeIsReadOnceByOneCaller() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let pipe = directory.makePipe("pipe")
        let exchange = ScriptedExchange { request, _ in
            #expect(Self.authorization(request) == "Bearer sk-piped")
            return request.url.hasSuffix("refused")
                ? .json(#"{"code":401,"msg":"no"}"#) : .json(#"{"code":200,"data":{"successFlag":0}}"#)
        }
        let writing = directory.open(pipe)
        directory.write(Array("sk-piped\n".utf8), to: "pipe")
        let client = try client(pipe, exchange)
        async let one = client.poll("a")
        async let other = client.poll("b")
        #expect(try await [one.state, other.state] == [.pending, .pending])
        // If the API refuses the key, the query fails without waiting for another key from the pipe.
        await expect(kind: .unauthorized) { try await client.poll("refused") }
        directory.close(writing)
    }

    @Test(arguments: ["", "  \n \n", "no key at all"])
    func aFileWithoutAKey(_ text: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        directory.write(text, to: "key")
        let client = try client(directory.path + "/key", ScriptedExchange([]))
        #expect(await client.credentialSource == .none)
        await expect(kind: .missingCredentials) { try await client.poll("t") }
    }

    @Test func aMissingFileIsNamed() async throws {
        let error = try await #require(throws: CoverError.self) {
            try await client("/nonexistent/key", ScriptedExchange([])).poll("t")
        }
        #expect(error.kind == .missingCredentials)
        #expect(error.message.contains("/nonexistent/key"))
        #expect(error.message.contains("No such file"))
    }

    @Test(arguments: [
        (
            [:], true,
            "No API key. Give one with a file, in the environment variable KIE_API_KEY, or as apiKey in the initialize request."
        ),
        ([:], false, "No API key. Give one with a file, or in the environment variable KIE_API_KEY."),
        (["KIE_API_KEY": "a b"], false, "The value of KIE_API_KEY is no key"),
        (["KIE_API_KEY": "a b"], true, "The value of KIE_API_KEY is no key"),
        (["KIE_API_KEY": "${KEY a b}"], true, "it is a placeholder that nothing has replaced"),
        (["KIE_API_KEY": "KIE_API_KEY=a b"], true, "it is an assignment"),
    ])
    func theSourcesOfAKeyAreListed(_ variables: [String: String], _ isOpen: Bool, _ words: String) async throws {
        var credentials = Credentials(variables: variables)
        credentials.ways = ["with a file", "in the environment variable KIE_API_KEY"]
        if isOpen { credentials.ways.append("as apiKey in the initialize request") }
        let client = try CoverClient(
            configuration: .init(credentials: credentials),
            exchange: ScriptedExchange([]),
            timeline: ManualClock().timeline()
        )
        let error = try await #require(throws: CoverError.self) { try await client.poll("t") }
        #expect(error.kind == .missingCredentials)
        #expect(error.message.contains(words))
        #expect(!error.message.contains("a b"))
    }
}
