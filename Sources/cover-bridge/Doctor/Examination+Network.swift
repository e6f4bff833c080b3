import CoverAPI

extension Examination {
    /// The way to the endpoint, step by step. There is nothing to see on the way to this machine.
    func route(_ exchange: AsyncHTTPExchange) async -> [Finding] {
        guard endpoint.lowercased().hasPrefix("https:") else { return [] }
        do {
            let steps = try await exchange.examine(endpoint)
            return steps.map(Self.finding) + [.ok("trust", "authorities: \(exchange.trust)")]
        } catch let error as CoverError {
            return [Self.unusable(error)]
        } catch {
            return []
        }
    }

    /// Settings that cannot be used: a proxy's variable, a file of authorities.
    static func unusable(_ error: CoverError) -> Finding {
        .failed("network", error.message, next: "Correct or unset what is named.", ExitStatus(error))
    }

    private static func finding(_ step: RouteStep) -> Finding {
        var finding = Finding.ok(step.subject.rawValue, step.message)
        finding.milliseconds = step.duration?.wholeMilliseconds
        guard let error = step.error else { return finding }
        finding.grade = .failed
        finding.status = ExitStatus(error)
        finding.next =
            switch step.subject {
            case .name: "Check the name, and this machine's DNS; some networks want a proxy (HTTPS_PROXY)."
            case .tcp: "A firewall may be in the way; some networks want a proxy (HTTPS_PROXY)."
            case .tls, .proxy: "Check the endpoint, and whether something on the way answers in its place."
            }
        return finding
    }
}
