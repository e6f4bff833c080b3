import CoverAPI
import CoverModel

extension DoctorChecks {
    /// Checks the route to the endpoint step by step. An endpoint with plain http is on this machine, so there is no
    /// route to check.
    func route(_ exchange: AsyncHTTPExchange) async -> [CheckResult] {
        guard endpoint.lowercased().hasPrefix("https:") else { return [] }
        do {
            let steps = try await exchange.checkRoute(endpoint)
            let hasProxy = steps.contains { $0.subject == .proxy }
            return steps.map { Self.result($0, hasProxy: hasProxy) } + [.ok("trust", "authorities: \(exchange.trust)")]
        } catch let error as CoverError {
            return [Self.unusable(error)]
        } catch {
            return []
        }
    }

    /// The result for unusable settings of the network: the variable of a proxy, or a file of authorities. For the
    /// authorities of the system, the error already says what to do.
    static func unusable(_ error: CoverError) -> CheckResult {
        let next = error.kind == .untrustedServer ? nil : "Correct or unset what is named."
        return .failed("network", error.message, next: next, ExitStatus(error))
    }

    /// The result for an endpoint that does not answer. The error about a certificate already says what to do.
    static func unanswered(_ endpoint: String, _ error: CoverError) -> CheckResult {
        let isOfCertificate = error.kind == .untrustedServer
        let next = isOfCertificate ? nil : "Check the network, proxies and --endpoint."
        var result = CheckResult.failed("endpoint", "\(endpoint): \(error.message)", next: next, ExitStatus(error))
        result.isOfCertificate = isOfCertificate
        return result
    }

    /// Changes the result of the TLS step to a failure, because a later step refused the certificate of the server.
    static func refusingCertificate(_ result: CheckResult) -> CheckResult {
        guard result.subject == RouteStep.Subject.tls.rawValue else { return result }
        var result = result
        result.grade = .failed
        result.message += "; it is refused."
        result.status = .unreachable
        result.next = "See endpoint."
        return result
    }

    private static func result(_ step: RouteStep, hasProxy: Bool) -> CheckResult {
        var result = CheckResult.ok(step.subject.rawValue, step.message)
        result.milliseconds = step.duration?.wholeMilliseconds
        guard let error = step.error else { return result }
        result.grade = .failed
        result.status = ExitStatus(error)
        result.next =
            switch step.subject {
            case .name where hasProxy, .tcp where hasProxy: "Check the proxy's variable, or whether the proxy runs."
            case .name: "Check the name, and this machine's DNS; some networks want a proxy (HTTPS_PROXY)."
            case .tcp: "A firewall may be in the way; some networks want a proxy (HTTPS_PROXY)."
            case .proxy: "Check the login in the proxy's variable, and whether the proxy lets this host through."
            case .tls: "Check the endpoint, and whether something on the way answers in its place."
            }
        return result
    }
}
