import CoverModel

/// The two hosts that serve this API. They have the same paths and records, and give other meanings to some codes.
enum HostProfile: Sendable {
    /// api.kie.ai, and every other host: a proxy in front of it, the sandbox.
    case kie
    /// api.sunoapi.org.
    case sunoAPI

    init(host: String) {
        self = host == "sunoapi.org" || host.hasSuffix(".sunoapi.org") ? .sunoAPI : .kie
    }

    /// What the numbers in the host's answers mean.
    var codes: ResponseCodes { ResponseCodes(profile: self) }
}
