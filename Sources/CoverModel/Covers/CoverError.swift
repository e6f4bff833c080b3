/// Why a query, a watch or a download failed (`PROTOCOL.md §6`).
public struct CoverError: Error, Sendable {
    /// The kind of the error, a stable word. The set is open: later versions may add kinds.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        /// The word on the wire, as in `rateLimited`.
        public let rawValue: String

        /// - Parameter rawValue: the word on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// The kind of the error.
    public var kind: Kind
    /// The API's documented code if the API sent one; otherwise a number from 1001.
    public var code: Int
    /// What is wrong, where, and what to do next. It never contains a key, a callback URL or a raw body.
    public var message: String
    /// Whether the same query can succeed later.
    public var retryable: Bool
    /// The seconds to wait before the next query, if the API said so.
    public var retryAfter: Double?
    /// The HTTP status of the answer; nil if there was none.
    public var httpStatus: Int?
    /// The code in the body of the API's answer; nil if there was none.
    public var apiCode: Int?
    /// The API's own message, trimmed and without control characters; nil if there was none.
    public var apiMessage: String?
    /// The task that the error is about; nil if it is about none.
    public var taskId: TaskID?
    /// The number of the task's image that the error is about, counted from 1; nil if it is about none.
    public var image: Int?
    /// How often a waiting call may repeat the query, if that is less than usual.
    package var mostRetries: Int?
    /// Whether a file of this machine caused the error. Then nothing was sent, and the file may be repaired while watches
    /// continue.
    package var isOfThisMachine = false
    /// Whether the id of the task must not be shown, because it is a key.
    package var hidesTask = false

    /// Creates an error with the code and the retryability of its kind.
    public init(
        _ kind: Kind,
        _ message: String,
        retryAfter: Double? = nil,
        httpStatus: Int? = nil,
        apiCode: Int? = nil,
        apiMessage: String? = nil,
        taskId: TaskID? = nil
    ) {
        let trait = kind.trait
        self.kind = kind
        self.code = trait.code
        self.message = message
        self.retryable = trait.retryable
        self.retryAfter = retryAfter
        self.httpStatus = httpStatus
        self.apiCode = apiCode
        self.apiMessage = apiMessage
        self.taskId = taskId
    }
}

extension CoverError {
    /// The same error with the task that it is about, unless the id must not be shown. If the API does not accept the id,
    /// and the id looks like a text that was pasted in its place, the message says so.
    package func about(_ taskId: TaskID) -> CoverError {
        guard !hidesTask else { return self }
        var error = self
        error.taskId = taskId
        if self.taskId == nil, [.taskNotFound, .badRequest, .validationFailed].contains(kind),
            let hint = PastedID.hint(taskId)
        {
            error.message += " \(hint)"
        }
        return error
    }

    /// The same error with the image that it is about. The message names the image if there are several.
    package func about(image number: Int, of count: Int) -> CoverError {
        var error = self
        error.image = number
        if count > 1 { error.message = "Image \(number) of \(count): \(message)" }
        return error
    }
}

extension CoverError.Kind {
    /// 400: the API rejects the parameters.
    public static let badRequest = Self(rawValue: "badRequest")
    /// 401: the API refuses the key.
    public static let unauthorized = Self(rawValue: "unauthorized")
    /// 402: the account has too few credits.
    public static let insufficientCredits = Self(rawValue: "insufficientCredits")
    /// 404: the API has no record of the task.
    public static let taskNotFound = Self(rawValue: "taskNotFound")
    /// 409: a cover for the music task exists already.
    public static let conflict = Self(rawValue: "conflict")
    /// 422: the API cannot validate the parameters.
    public static let validationFailed = Self(rawValue: "validationFailed")
    /// 429: too many queries. All queries pause.
    public static let rateLimited = Self(rawValue: "rateLimited")
    /// 455: the API is under maintenance. All queries pause.
    public static let maintenance = Self(rawValue: "maintenance")
    /// 500: the API has a fault.
    public static let serverError = Self(rawValue: "serverError")
    /// 505: the API has disabled the feature.
    public static let featureDisabled = Self(rawValue: "featureDisabled")
    /// 1001: there is no key.
    public static let missingCredentials = Self(rawValue: "missingCredentials")
    /// 1002: the host cannot be reached.
    public static let unreachable = Self(rawValue: "unreachable")
    /// 1003: no answer came in time.
    public static let requestTimeout = Self(rawValue: "requestTimeout")
    /// 1004: the answer is not the API's.
    public static let malformedResponse = Self(rawValue: "malformedResponse")
    /// 1005: a wait ran out. The task continues.
    public static let waitTimeout = Self(rawValue: "waitTimeout")
    /// 1006: too many queries wait for their turn.
    public static let overloaded = Self(rawValue: "overloaded")
    /// 1007: the bridge is shutting down.
    public static let shuttingDown = Self(rawValue: "shuttingDown")
    /// 1008: an image could not be downloaded or saved.
    public static let downloadFailed = Self(rawValue: "downloadFailed")
    /// 1009: the file exists, and overwriting was not asked for.
    public static let fileExists = Self(rawValue: "fileExists")
    /// 1010: plain http to a host that is not loopback, or an image that is not https.
    public static let insecureEndpoint = Self(rawValue: "insecureEndpoint")
    /// 1011: the signature of a callback is wrong, or its timestamp is too old.
    public static let badSignature = Self(rawValue: "badSignature")
    /// 1012: the certificate of the server is not trusted.
    public static let untrustedServer = Self(rawValue: "untrustedServer")

    /// The table of `PROTOCOL.md §6`, ordered by code. It is an array, so that it is built at compile time and not at the
    /// start of a bridge.
    private static let traits: [(kind: Self, code: Int, retryable: Bool)] = [
        (.badRequest, 400, false),
        (.unauthorized, 401, false),
        (.insufficientCredits, 402, false),
        (.taskNotFound, 404, false),
        (.conflict, 409, false),
        (.validationFailed, 422, false),
        (.rateLimited, 429, true),
        (.maintenance, 455, true),
        (.serverError, 500, true),
        (.featureDisabled, 505, false),
        (.missingCredentials, 1001, false),
        (.unreachable, 1002, true),
        (.requestTimeout, 1003, true),
        (.malformedResponse, 1004, true),
        (.waitTimeout, 1005, true),
        (.overloaded, 1006, true),
        (.shuttingDown, 1007, false),
        (.downloadFailed, 1008, true),
        (.fileExists, 1009, false),
        (.insecureEndpoint, 1010, false),
        (.badSignature, 1011, false),
        (.untrustedServer, 1012, false),
    ]

    /// The code and the retryability of this kind. An unknown kind counts as a fault of the server.
    public var trait: (code: Int, retryable: Bool) {
        guard let found = Self.traits.first(where: { $0.kind == self }) else { return (500, true) }
        return (found.code, found.retryable)
    }

    /// Every kind of the table, ordered by code.
    public static var all: [Self] { traits.map(\.kind) }
}

extension CoverError: CustomStringConvertible {
    /// The short form, for logs: the kind and the codes, and nothing that came from outside.
    public var description: String {
        "\(kind.rawValue) (\(code)" + (httpStatus.map { ", HTTP \($0)" } ?? "") + ")"
    }
}
