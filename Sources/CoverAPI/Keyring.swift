import Synchronization

/// Holds the key and knows where it comes from. The file is read when first needed, and again when the API refuses its key.
final class Keyring: Sendable {
    private struct State {
        var fromFile: APIKey?
        var fromInitialize: APIKey?
    }

    private let credentials: Credentials
    private let state = Mutex(State())

    init(_ credentials: Credentials) { self.credentials = credentials }

    func use(_ key: APIKey?) { state.withLock { $0.fromInitialize = key } }

    /// The key to send.
    ///
    /// - Throws: `missingCredentials` where there is none, or the file that should hold it cannot be read.
    func key() throws(CoverError) -> APIKey {
        if let file = credentials.file {
            if let key = state.withLock(\.fromFile) { return key }
            return try read(file)
        }
        if let key = credentials.environment ?? state.withLock(\.fromInitialize) { return key }
        throw CoverError(.missingCredentials, absence)
    }

    /// What is missing, and where it could come from.
    private var absence: String {
        if credentials.isEnvironmentUnusable {
            return "The value of KIE_API_KEY is no key: a key has no blanks inside, and nothing but ASCII."
        }
        let ways = "Give one with --api-key-file FILE"
        return credentials.mayBeIntroduced
            ? "No API key. \(ways), in the environment variable KIE_API_KEY, or as apiKey in the initialize request."
            : "No API key. \(ways), or in the environment variable KIE_API_KEY."
    }

    /// Another key than the one that the API refused, if the file holds one by now.
    func replacement(for refused: APIKey) -> APIKey? {
        guard let file = credentials.file, let key = try? read(file), key != refused else { return nil }
        return key
    }

    var source: CredentialSource {
        guard (try? key()) != nil else { return .none }
        return credentials.file != nil ? .file : credentials.environment != nil ? .environment : .initialize
    }

    /// The text without the keys that are in use, wherever they stand. A key of a few letters is no secret, and stands in ordinary words.
    func redacting(_ text: String) -> String {
        let keys = [credentials.environment] + state.withLock { [$0.fromFile, $0.fromInitialize] }
        return keys.compactMap(\.self).filter(\.isSecret).reduce(text) { $1.redacting($0) }
    }

    private func read(_ file: String) throws(CoverError) -> APIKey {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile(file, limit: 64 * 1024)
        } catch {
            throw CoverError(.missingCredentials, "The key file \(file) cannot be read: \(error.reason).")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { !$0.trimmed.isEmpty }) else {
            throw CoverError(.missingCredentials, "The key file \(file) is empty.")
        }
        guard let key = APIKey(String(line)) else {
            throw CoverError(.missingCredentials, "The first line of the key file \(file) is no key.")
        }
        state.withLock { $0.fromFile = key }
        return key
    }
}
