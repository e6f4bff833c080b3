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
}
