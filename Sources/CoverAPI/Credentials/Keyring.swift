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
        /// The last keys of the file and of the peer, in use or not. The latest is last.
        var seen: [APIKey] = []

        mutating func remember(_ key: APIKey) {
            seen.removeAll { $0 == key }
            seen = seen.suffix(Keyring.mostSeen - 1) + [key]
        }
    }

    /// How many keys of the file and of the peer are remembered, so that they are found in texts.
    static let mostSeen = 8

    private let credentials: Credentials
    private let state = Mutex(State())
    /// Reads the file, one caller at a time. The file may be on a slow disk, and a pipe gives its content only once.
    private let reader = DispatchQueue(label: "key file")

    init(_ credentials: Credentials) { self.credentials = credentials }

    func use(_ key: APIKey?) {
        state.withLock { state in
            state.fromInitialize = key
            if let key { state.remember(key) }
        }
    }

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

    /// The bytes without the keys of this process, in any form. These are the key of the environment and the last keys of
    /// the file and of the peer, in use or not: the API may repeat a key that was replaced meanwhile.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        let seen = state.withLock(\.seen)
        let bytes = credentials.environment?.redactor.redacted(bytes) ?? bytes
        return seen.reduce(bytes) { $1.redactor.redacted($0) }
    }

    /// Reads the file if that has not been done yet, so that ``redacted(_:)`` finds its key. The method blocks. It
    /// ignores a fault, because the first use of the key reports it.
    func readFile() {
        guard let file else { return }
        reader.sync { _ = try? load(file) { [self] in state.withLock(\.fromFile) } }
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
            sink.yield(Result { () throws(CoverError) in try load(file, orKnown: known) })
        }
        // A task that is cancelled does not wait for a pipe.
        for await result in results { return try result.get() }
        throw CoverError(.shuttingDown, "The key file is not waited for any longer.")
    }

    private func load(_ file: String, orKnown known: () -> APIKey?) throws(CoverError) -> APIKey {
        if let key = known() { return key }
        let isAgain = state.withLock { $0.fromFile != nil }
        let key = try KeyFile.key(in: file, patience: isAgain ? .zero : pipePatience)
        state.withLock { state in
            state.fromFile = key
            state.remember(key)
        }
        return key
    }
}
