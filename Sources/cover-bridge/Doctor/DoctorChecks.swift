import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `doctor` checks: the version and platform, the route to the endpoint, the endpoint itself with its latency and
/// clock, the key, the credits, the webhook key, and the journal. No result contains a key.
struct DoctorChecks {
    let options: ClientOptions
    let endpoint: String
    let client: CoverClient
    private let timeline = Timeline.system

    /// How long to wait for the endpoint.
    private static let patience = Duration.seconds(15)

    /// - Parameter journal: the journal to check; nil for none.
    func results(journal: String?) async -> [CheckResult] {
        var connection = options.connection
        connection.journal = journal
        let exchange = AsyncHTTPExchange(settings: options.connection.network, endpoint: endpoint)
        var route = await route(exchange)
        let hasWay = route.allSatisfy { $0.grade != .failed }
        let reachability =
            hasWay
            ? await reachability(exchange)
            : [.warning("endpoint", "\(endpoint), not tried.", next: "Repair the route to it first.")]
        await exchange.shutdown()
        if reachability.contains(where: \.isOfCertificate) { route = route.map(Self.refusingCertificate) }
        let account = await account(isReachable: hasWay && reachability.allSatisfy { $0.grade != .failed })
        let webhookKey = await webhookKey()
        // If a server answered, the query for the credits shows whether that server is the API.
        let subjects = reachability.map(\.subject)
        let endpoint = reachability.map { result in account.first { $0.subject == result.subject } ?? result }
        return [Self.version, Self.platform] + route + endpoint + account.filter { !subjects.contains($0.subject) }
            + webhookKey + (await Self.fleet(connection, client)) + [Self.journal(journal, timeline)]
    }

    /// The checks that remain if the endpoint or the network settings are invalid.
    static func results(refusing error: CoverError, isOfNetwork: Bool, journal: String?) -> [CheckResult] {
        let next = "Correct it, or leave it out: it is https://api.kie.ai then."
        return [
            version, platform,
            isOfNetwork ? unusable(error) : .failed("endpoint", error.message, next: next, ExitStatus(error)),
            Self.journal(journal, .system),
        ]
    }

    private static var version: CheckResult { .ok("version", "cover-bridge \(coverBridgeVersion)") }

    private static var platform: CheckResult {
        var name = utsname()
        unsafe uname(&name)
        func text<T>(_ field: T) -> String {
            unsafe withUnsafeBytes(of: field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let screen = Terminal.output.isInteractive ? "a terminal" : "no terminal"
        return .ok("platform", "\(text(name.sysname)) \(text(name.release)) \(text(name.machine)), on \(screen)")
    }

    /// Checks whether the endpoint answers, how fast it answers, and whether its clock agrees with the clock of this
    /// machine.
    private func reachability(_ exchange: AsyncHTTPExchange) async -> [CheckResult] {
        do {
            _ = try await ask(exchange)
            // The first request includes the time for connecting.
            let answer = try await ask(exchange)
            let milliseconds = answer.latency.wholeMilliseconds
            let shown = options.sandbox ? "the sandbox in this process" : endpoint
            return [
                .ok("endpoint", "\(shown) answers (HTTP \(answer.head.status))"),
                milliseconds < 2000
                    ? .ok("latency", "\(milliseconds) ms")
                    : .warning("latency", "\(milliseconds) ms.", next: "The network or the API is slow now."),
                Self.clock(answer.head["date"], now: answer.time),
            ]
        } catch let error as CoverError {
            return [
                Self.unanswered(endpoint, error)
            ]
        } catch {
            return [
                .failed(
                    "endpoint",
                    "\(endpoint): There was no answer.",
                    next: "Check the network and --endpoint.",
                    .unreachable
                )
            ]
        }
    }

    private struct Answer: Sendable {
        var head: ExchangeHead
        var latency: Duration
        /// The time on this machine's clock when the answer arrived.
        var time: Timestamp
    }

    private func ask(_ exchange: AsyncHTTPExchange) async throws -> Answer {
        let timeline = timeline
        let url = endpoint.hasSuffix("/") ? endpoint : endpoint + "/"
        let answer = try await timeline.within(Self.patience) {
            var head = ExchangeHead(status: 0)
            let start = timeline.now
            let request = ExchangeRequest(url: url, headers: [("User-Agent", "cover-bridge/" + coverBridgeVersion)])
            try await exchange.perform(request) { if case .head(let received) = $0 { head = received } }
            return Answer(head: head, latency: timeline.now - start, time: timeline.wallTime)
        }
        guard let answer else {
            throw CoverError(.requestTimeout, "There was no answer within \(Self.patience.inSeconds.jsonText) s.")
        }
        return answer
    }

    static func clock(_ date: String?, now: Timestamp) -> CheckResult {
        guard let date, let time = Timestamp(httpDate: date[...]) else {
            return .warning("clock", "The server does not send its time.", next: "Nothing to compare with.")
        }
        // The time in the header is in whole seconds, rounded down.
        let skew = Int(time.duration(to: now).inSeconds.rounded(.towardZero))
        if abs(skew) <= 5 { return .ok("clock", "agrees with the server's") }
        let words =
            "This clock is \(Formatting.elapsed(.seconds(abs(skew)))) \(skew > 0 ? "ahead of" : "behind") the server's."
        return .warning("clock", words, next: "Set it (timedatectl set-ntp true): times and timeouts go by it.")
    }

    /// Checks the webhook key, if one is set. Only a real callback can show whether it is the key of the account.
    private func webhookKey() async -> [CheckResult] {
        do throws(CoverError) {
            let source = options.webhookKeyFile.map { "from the file \($0)" } ?? "from KIE_WEBHOOK_KEY"
            return try await client.checkWebhookKey() ? [.ok("webhook key", source)] : []
        } catch {
            let next = "Check \(options.webhookKeyFile == nil ? "KIE_WEBHOOK_KEY" : "--webhook-key-file")."
            return [.failed("webhook key", error.message, next: next, .credentials)]
        }
    }

    /// Checks the API key, and the account that belongs to it.
    private func account(isReachable: Bool) async -> [CheckResult] {
        let source: String
        let keySource = await client.credentialSource
        switch keySource {
        case .file: source = "from the file \(options.apiKeyFile ?? "")"
        case .environment: source = options.sandbox ? "the sandbox accepts any" : "from KIE_API_KEY"
        case .initialize, .none: source = "none"
        }
        do {
            guard isReachable || keySource == .none else {
                return [.warning("key", "\(source), not tried.", next: "Make the endpoint answer first.")]
            }
            let credits = try await client.credits()
            let words = "\(credits.jsonText) credits"
            return [
                .ok("key", source),
                credits > 0
                    ? .ok("credits", words) : .warning("credits", "\(words).", next: "A new cover needs credits."),
            ]
        } catch let error as CoverError where error.kind == .unauthorized || error.kind == .missingCredentials {
            let what = error.kind == .unauthorized ? "\(source): \(error.message)" : error.message
            // If the user named a key file and the key is missing, the file is the cause.
            let isFileless = error.kind == .missingCredentials && options.apiKeyFile != nil
            let next = isFileless ? "Check --api-key-file." : "Keys are made at https://kie.ai/api-key."
            return [.failed("key", what, next: next, .credentials)]
        } catch let error as CoverError where error.kind == .malformedResponse {
            let next =
                options.connection.endpointSource.map { "Its address comes from \($0)." }
                ?? "A proxy may answer in its place, or it is in maintenance."
            return [
                .failed(
                    "endpoint",
                    "\(endpoint) answers, but not as this API does: \(error.message)",
                    next: next,
                    .unreachable
                ),
                .warning("key", "\(source), not verified.", next: "Find the API first."),
            ]
        } catch {
            let error = error as? CoverError ?? CoverError(.unreachable, "There was no answer.")
            return [
                .warning("key", "\(source), not verified.", next: "This needs an answer of the API."),
                .failed("credits", error.statement, next: "Try again later.", Self.status(of: error)),
            ]
        }
    }

    /// The exit code for an error. The query for the credits names no task, so "not found" means that the server is not
    /// the API.
    private static func status(of error: CoverError) -> ExitStatus {
        let status = ExitStatus(error)
        return status == .notFound ? .unreachable : status
    }
}
