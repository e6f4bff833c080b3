import CoverModel

/// What the same numbers mean on the two hosts that serve this API.
enum HostProfile: Sendable {
    /// api.kie.ai, and whatever stands in for it.
    case kie
    /// api.sunoapi.org: the same paths and records, other meanings of 405, 429 and 430.
    case sunoAPI

    init(host: String) {
        self = host == "sunoapi.org" || host.hasSuffix(".sunoapi.org") ? .sunoAPI : .kie
    }

    /// The kind of error that a code means; nil where the code says that the task failed.
    func meaning(of code: Int, message: String) -> CodeMeaning {
        switch code {
        case 400, 451: .error(.badRequest)
        case 401, 403: .error(.unauthorized)
        case 402: .error(.insufficientCredits)
        case 404, 410: .error(.taskNotFound)
        case 408, 501, 531: .failedTask
        case 409: .error(.conflict)
        case 422: .error(message.lowercased().contains("recordinfo is null") ? .taskNotFound : .validationFailed)
        case 405, 430: .error(self == .sunoAPI ? .rateLimited : .serverError)
        case 429: .error(self == .sunoAPI ? .insufficientCredits : .rateLimited)
        case 455: .error(.maintenance)
        case 505: .error(.featureDisabled)
        default: .error(.serverError)
        }
    }

    /// The kind of error that an HTTP status means without the API's own words: a page of a gateway, say, knows of limits and faults
    /// of the way, and of nothing else. Nil where it says nothing.
    func foreignMeaning(of status: Int) -> CoverError.Kind? {
        switch status {
        case 429: .rateLimited
        case 405, 430: self == .sunoAPI ? .rateLimited : nil
        case 455: .maintenance
        case 501, 505, 531: nil
        case 500...599: .serverError
        default: nil
        }
    }
}

/// What a code of the API says.
enum CodeMeaning: Sendable, Hashable {
    /// The query did not work.
    case error(CoverError.Kind)
    /// The query worked, and the task is a failure: 408, 501, 531.
    case failedTask
}

extension HostProfile {
    /// Words for codes that may come without any.
    func words(for code: Int) -> String {
        switch code {
        case 400: "The API did not accept the parameters."
        case 401: "The API refused the key: missing, wrong, without permission, or not allowed from this address."
        case 402: "The account has too few credits."
        case 403: "The API refused the key for this: without permission, or not allowed from this address."
        case 404: "The API does not know this task."
        case 405 where self == .kie:
            "The API does not take this kind of request. It may be another program: check the endpoint."
        case 405, 430: "Too many queries; the API asks to slow down."
        case 407: "A proxy on the way to the API asks for a login."
        case 408: "The generator gave no result for over 10 minutes."
        case 409: "A cover for this music task exists already."
        case 410: "The API has this task no longer."
        case 422: "The API could not validate the request."
        case 429: "The API limits the rate of requests."
        case 451: "The API could not fetch the source file."
        case 455: "The API is under maintenance."
        case 501: "The generation failed."
        case 505: "The API has this feature disabled."
        case 531: "The generation failed; the credits were refunded."
        case 500...599: "The API has a fault of its own."
        default: "The API answered with a code that is not documented."
        }
    }
}
