import CoverModel

/// What a code of the API means.
enum CodeMeaning: Sendable, Hashable {
    /// The query failed.
    case error(CoverError.Kind)
    /// The query worked, and the task has failed: 408, 501, 531.
    case failedTask
}

/// What the codes and HTTP statuses in the API's answers mean, and the message for each. Some codes have other meanings
/// on other hosts.
struct ResponseCodes: Sendable {
    let profile: HostProfile

    /// What a code in the API's own answer means.
    ///
    /// - Parameter message: the API's message, which separates the two meanings of 422.
    func meaning(of code: Int, message: String) -> CodeMeaning {
        switch code {
        case 400, 451: .error(.badRequest)
        case 401, 403: .error(.unauthorized)
        case 402: .error(.insufficientCredits)
        case 404, 410: .error(.taskNotFound)
        case 408, 501, 531: .failedTask
        case 409: .error(.conflict)
        case 422: .error(message.lowercased().contains("recordinfo is null") ? .taskNotFound : .validationFailed)
        case 405, 430: .error(profile == .sunoAPI ? .rateLimited : .serverError)
        // The API documents no 407; a proxy sends it. Even in the API's form it is most likely from a proxy.
        case 407: .error(.malformedResponse)
        case 429: .error(profile == .sunoAPI ? .insufficientCredits : .rateLimited)
        case 455: .error(.maintenance)
        case 505: .error(.featureDisabled)
        default: .error(.serverError)
        }
    }

    /// The kind of error that an HTTP status means in an answer that is not the API's own, such as a gateway's page.
    /// Such an answer can report a limit or a fault on the way to the API, and says nothing about a task. Nil if the
    /// status means neither a limit nor a fault.
    func foreignMeaning(of status: Int) -> CoverError.Kind? {
        switch status {
        case 429: .rateLimited
        case 405, 430: profile == .sunoAPI ? .rateLimited : nil
        case 455: .maintenance
        case 501, 505, 531: nil
        case 500...599: .serverError
        default: nil
        }
    }

    /// The start of a message about an answer that is not the API's own. It says what the answer reports, and depends
    /// on the kind of its error.
    static func foreignMessage(for kind: CoverError.Kind) -> String {
        switch kind {
        case .rateLimited: "The rate of requests is limited"
        case .maintenance: "There is maintenance"
        default: "The way to the API has a fault"
        }
    }

    /// Every 407 is the answer of a proxy.
    static let proxyWantsLogin = "A proxy on the way to the API asks for a login"
    static let loginAdvice = "Put user:password@ before the host in the proxy variable, or ask who runs the network."

    /// The message for a code. It is needed because the API may send a code without a message.
    func message(for code: Int) -> String {
        switch code {
        case 400: "The API did not accept the parameters."
        case 401: "The API refused the key: missing, wrong, without permission, or not allowed from this address."
        case 402: "The account has too few credits."
        case 403: "The API refused the key for this: without permission, or not allowed from this address."
        case 404: "The API does not know this task."
        case 405 where profile == .kie:
            "The API does not take this kind of request. It may be another program: check the endpoint."
        case 405, 430: "Too many queries; the API asks to slow down."
        case 407: Self.proxyWantsLogin + ". " + Self.loginAdvice
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
        // A code that is no whole number is passed as 0.
        case 0: "The API answered with a code that is not documented."
        default: "The API answered with the code \(code), which is not documented."
        }
    }
}
