import CoverModel

/// The two hosts that serve this API. The two hosts have the same paths and records, but some codes have different
/// meanings.
enum HostProfile: Sendable {
    /// api.kie.ai, and every other host, such as the sandbox or a proxy in front of api.kie.ai.
    case kie
    /// api.sunoapi.org.
    case sunoAPI

    init(host: String) {
        self = host == "sunoapi.org" || host.hasSuffix(".sunoapi.org") ? .sunoAPI : .kie
    }

    /// What the numbers in the host's answers mean.
    var codes: ResponseCodes { ResponseCodes(profile: self) }
}
