/// The API's own host and the paths on it.
struct Endpoint: Sendable {
    let profile: HostProfile
    /// Without a slash at the end.
    private let base: String

    /// - Throws: `insecureEndpoint`, or `badRequest` without the text: it may hold a password.
    init(_ text: String) throws(CoverError) {
        guard let address = WebAddress(String(Substring(text).trimmed)), !address.path.contains("?") else {
            throw CoverError(.badRequest, "The endpoint must be a URL of the form https://host[:port][/path].")
        }
        guard address.isConfidential else {
            throw CoverError(
                .insecureEndpoint,
                "The endpoint \(address.origin) is plain http, which would show the key to everybody on the way; use https. "
                    + "Plain http is for this machine alone (127.0.0.0/8, ::1, localhost)."
            )
        }
        profile = HostProfile(host: address.host)
        var base = address.requestURL
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    func record(of taskId: TaskID) -> String {
        base + "/api/v1/suno/cover/record-info?taskId=" + taskId.percentEncoded
    }

    func marketRecord(of taskId: TaskID) -> String {
        base + "/api/v1/jobs/recordInfo?taskId=" + taskId.percentEncoded
    }

    var generate: String { base + "/api/v1/suno/cover/generate" }
    var credits: String { base + "/api/v1/chat/credit" }
}
