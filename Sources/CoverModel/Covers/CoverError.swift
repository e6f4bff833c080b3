/// Why a query, a watch or a download did not do what was asked (section 6 of the protocol).
public struct CoverError: Error, Sendable {
    /// What went wrong, as a stable word. Open: later versions may add to it.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public var kind: Kind
    /// The API's own documented code where it spoke, else a number from 1001.
    public var code: Int
    /// What is wrong, where, and what to do next, in a sentence. Never a key, a callback URL or a raw body.
    public var message: String
    /// Whether asking again later can help.
    public var retryable: Bool
    /// In how many seconds to ask again, where the API said so.
    public var retryAfter: Double?
    public var httpStatus: Int?
    /// The code in the body of the API's answer.
    public var apiCode: Int?
    /// The API's own words, trimmed and without control characters.
    public var apiMessage: String?
    public var taskId: TaskID?
    /// How often a call that waits may ask again by itself, where that is less than usual.
    package var mostRetries: Int?
    /// Whether a file of this machine is at fault: nothing was sent, and it may be mended while watches go on.
    package var isOfThisMachine = false

    /// An error with the code and the retryability that belong to its kind.
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

extension CoverError.Kind {
    public static let badRequest = Self(rawValue: "badRequest")
    public static let unauthorized = Self(rawValue: "unauthorized")
    public static let insufficientCredits = Self(rawValue: "insufficientCredits")
    public static let taskNotFound = Self(rawValue: "taskNotFound")
    public static let conflict = Self(rawValue: "conflict")
    public static let validationFailed = Self(rawValue: "validationFailed")
    public static let rateLimited = Self(rawValue: "rateLimited")
    public static let maintenance = Self(rawValue: "maintenance")
    public static let serverError = Self(rawValue: "serverError")
    public static let featureDisabled = Self(rawValue: "featureDisabled")
    public static let missingCredentials = Self(rawValue: "missingCredentials")
    public static let unreachable = Self(rawValue: "unreachable")
    public static let requestTimeout = Self(rawValue: "requestTimeout")
    public static let malformedResponse = Self(rawValue: "malformedResponse")
    public static let waitTimeout = Self(rawValue: "waitTimeout")
    public static let overloaded = Self(rawValue: "overloaded")
    public static let shuttingDown = Self(rawValue: "shuttingDown")
    public static let downloadFailed = Self(rawValue: "downloadFailed")
    public static let fileExists = Self(rawValue: "fileExists")
    public static let insecureEndpoint = Self(rawValue: "insecureEndpoint")
    public static let badSignature = Self(rawValue: "badSignature")
    public static let untrustedServer = Self(rawValue: "untrustedServer")

    /// The table of section 6. A kind that is not in it counts as a fault of the server.
    private static let traits: [Self: (code: Int, retryable: Bool)] = [
        .badRequest: (400, false),
        .unauthorized: (401, false),
        .insufficientCredits: (402, false),
        .taskNotFound: (404, false),
        .conflict: (409, false),
        .validationFailed: (422, false),
        .rateLimited: (429, true),
        .maintenance: (455, true),
        .serverError: (500, true),
        .featureDisabled: (505, false),
        .missingCredentials: (1001, false),
        .unreachable: (1002, true),
        .requestTimeout: (1003, true),
        .malformedResponse: (1004, true),
        .waitTimeout: (1005, true),
        .overloaded: (1006, true),
        .shuttingDown: (1007, false),
        .downloadFailed: (1008, true),
        .fileExists: (1009, false),
        .insecureEndpoint: (1010, false),
        .badSignature: (1011, false),
        .untrustedServer: (1012, false),
    ]

    /// The code and the retryability that belong to this kind.
    public var trait: (code: Int, retryable: Bool) { Self.traits[self] ?? (500, true) }

    /// Every kind of the table, by code.
    public static var all: [Self] { traits.keys.sorted { $0.trait.code < $1.trait.code } }
}

extension CoverError: CustomStringConvertible {
    /// The short form: the kind and the codes, nothing that came from outside.
    public var description: String {
        "\(kind.rawValue) (\(code)" + (httpStatus.map { ", HTTP \($0)" } ?? "") + ")"
    }
}
