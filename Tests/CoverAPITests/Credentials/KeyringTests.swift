import APITestSupport
import Foundation
import Testing

@testable import CoverAPI

/// Tests the key file that a peer names while the process runs.
@Suite
struct KeyringTests {
    @Test func thePeersFileIsReadIfTheOperatorGivesNoKey() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
        try Data("k-of-the-peer\n".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let keyring = Keyring(Credentials())
        await #expect(throws: (any Error).self) { try await keyring.key() }
        keyring.use(file: file)
        #expect(try await keyring.key() == APIKey("k-of-the-peer"))
        #expect(await keyring.source == .file)
        let operators = Keyring(Credentials(environment: APIKey("k-environment")))
        operators.use(file: file)
        #expect(try await operators.key() == APIKey("k-environment"))
    }

    private static func text(_ keyring: Keyring, _ text: String) -> String {
        String(decoding: keyring.redacted(Array(text.utf8)), as: UTF8.self)
    }

    @Test func everyKeyOfTheProcessIsRemovedFromTexts() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let keyring = Keyring(Credentials(file: file, environment: APIKey("k-environment")))
        keyring.use(APIKey("k-of-the-peer"))
        for number in 10..<20 {
            try Data("k-of-file-\(number)\n".utf8).write(to: URL(filePath: file))
            let refused = try await keyring.key()
            _ = await keyring.replacement(for: refused)
        }
        #expect(Self.text(keyring, "k-environment k-of-file-19 k-of-file-12") == "[key] [key] [key]")
        // Only the last eight keys of the file and the peer are remembered.
        #expect(Self.text(keyring, "k-of-file-11 k-of-the-peer") == "k-of-file-11 k-of-the-peer")
        keyring.use(APIKey("k-of-the-peer"))
        #expect(Self.text(keyring, "k-of-the-peer") == "[key]")
    }

    @Test func aFileIsReadBeforeItsFirstUse() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
        try Data("k-of-the-file\n".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let keyring = Keyring(Credentials(file: file))
        #expect(Self.text(keyring, "k-of-the-file") == "k-of-the-file")
        keyring.readFile()
        #expect(Self.text(keyring, "k-of-the-file") == "[key]")
        // A fault is left to the first use.
        Keyring(Credentials(file: file + "-missing")).readFile()
    }
}
