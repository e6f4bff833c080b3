import CoverModel
import Dispatch
import Synchronization

/// Holds the key and its source. The file is read when the key is first needed, and again when the API refuses the key.
final class Keyring: Sendable {
    private struct State {
        var fromFile: APIKey?
        var fromInitialize: APIKey?
        /// The path of a key file that the peer named.
        var peersFile: String?
    }

    private let credentials: Credentials
    private let state = Mutex(State())
    /// Reads the file, one caller at a time. The file may be on a slow disk, and a pipe gives its content only once.
    private let reader = DispatchQueue(label: "key file")

    init(_ credentials: Credentials) { self.credentials = credentials }

    func use(_ key: APIKey?) { state.withLock { $0.fromInitialize = key } }

    func use(file: String) { state.withLock { $0.peersFile = file } }

    /// The file to read the key from: the operator's, or the peer's if the environment gives no key.
    private var file: String? {
        credentials.file ?? (credentials.environment == nil ? state.withLock(\.peersFile) : nil)
    }

    /// The key for the next request.
    ///
    /// - Throws: `missingCredentials` if there is none, or if its file cannot be read.
    func key() async throws(CoverError) -> APIKey {
        if let file {
            if let key = state.withLock(\.fromFile) { return key }
            return try await read(file) { [self] in state.withLock(\.fromFile) }
        }
        if let key = credentials.environment ?? state.withLock(\.fromInitialize) { return key }
        throw CoverError(.missingCredentials, absence)
    }

    var isGiven: Bool { credentials.file != nil || credentials.environment != nil }

    /// Says what is missing, and how to set it.
    private var absence: String {
        if let fault = credentials.environmentFault {
            return "The value of \(credentials.variable) is no key: it \(fault.phrase)."
        }
        guard let last = credentials.ways.last else { return "No API key." }
        let others = credentials.ways.dropLast().map { $0 + ", " }.joined()
        return "No API key. Give one \(others)\(others.isEmpty ? "" : "or ")\(last)."
    }

    /// A key other than the refused one; nil if the file contains no other key.
    func replacement(for refused: APIKey) async -> APIKey? {
        guard let file, let key = try? await read(file, orKnown: { nil }), key != refused else {
            return nil
        }
        return key
    }

    var source: CredentialSource {
        get async {
            guard (try? await key()) != nil else { return .none }
            return file != nil ? .file : credentials.environment != nil ? .environment : .initialize
        }
    }

    /// The text without the keys in use, in any form.
    func redacting(_ text: String) -> String {
        let keys = [credentials.environment] + state.withLock { [$0.fromFile, $0.fromInitialize] }
        let bytes = keys.reduce(Array(text.utf8)) { bytes, key in key?.redactor.redacted(bytes) ?? bytes }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads the file on the reading queue.
    ///
    /// - Parameters:
    ///   - file: the path.
    ///   - known: the key to use if another caller has read the file in the meantime.
    private func read(
        _ file: String,
        orKnown known: @escaping @Sendable () -> APIKey?
    ) async throws(CoverError) -> APIKey {
        let (results, sink) = AsyncStream.makeStream(of: Result<APIKey, CoverError>.self)
        reader.async { [self] in
            sink.yield(
                Result { () throws(CoverError) in
                    if let key = known() { return key }
                    let isAgain = state.withLock { $0.fromFile != nil }
                    let key = try KeyFile.key(in: file, patience: isAgain ? .zero : pipePatience)
                    state.withLock { $0.fromFile = key }
                    return key
                }
            )
        }
        // A task that is cancelled does not wait for a pipe.
        for await result in results { return try result.get() }
        throw CoverError(.shuttingDown, "The key file \(file) is not waited for any longer.")
    }
}
