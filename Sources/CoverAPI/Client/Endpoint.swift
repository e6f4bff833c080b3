import CoverModel

/// The host of the API and the paths on it.
struct Endpoint: Sendable {
    let profile: HostProfile
    /// Scheme, host and port, as in `https://api.kie.ai`.
    let origin: String
    /// The base address, without a slash at the end.
    let base: String

    /// - Throws: `insecureEndpoint`; `badRequest` without the text, which may contain a password.
    init(_ text: String) throws(CoverError) {
        let form = "The endpoint must be a URL of the form https://host[:port][/path]"
        let address: WebAddress
        do throws(WebAddress.Fault) {
            address = try WebAddress(parsing: Self.trimmed(String(Substring(text).unquoted)))
        } catch {
            throw CoverError(.badRequest, "\(form); this one \(error.words).")
        }
        guard !address.path.contains("?") else { throw CoverError(.badRequest, "\(form); this one has a query.") }
        guard address.isConfidential else {
            throw CoverError(
                .insecureEndpoint,
                "The endpoint \(address.origin) is plain http, which would expose the key on the network; use https. "
                    + "Plain http is for this machine alone (127.0.0.0/8, ::1, localhost)."
            )
        }
        profile = HostProfile(host: address.host)
        origin = address.origin
        base = address.requestURL
    }

    /// The address, from which a path of the API itself is removed. Vendors print addresses with such a path, for
    /// example `https://api.kie.ai/api/v1`.
    private static func trimmed(_ text: String) -> String {
        let known = [
            "suno/cover/record-info", "suno/cover/generate", "suno/cover", "suno", "jobs/recordInfo", "jobs",
            "chat/credit",
            "chat",
        ]
        func withoutSlashes(_ text: Substring) -> Substring {
            var rest = text
            while rest.last == "/" { rest.removeLast() }
            return rest
        }
        var rest = withoutSlashes(text.prefix { $0 != "?" && $0 != "#" })
        for path in known where rest.lowercased().hasSuffix("/api/v1/" + path.lowercased()) {
            rest.removeLast(path.utf8.count + 1)
        }
        guard rest.lowercased().hasSuffix("/api/v1") else { return text.contains("?") ? text : String(rest) }
        return String(withoutSlashes(rest.dropLast("/api/v1".utf8.count)))
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
