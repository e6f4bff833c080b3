import CoverAPI
import CoverModel

extension Examination {
    /// The way to the endpoint, step by step. There is nothing to see on the way to this machine.
    func route(_ exchange: AsyncHTTPExchange) async -> [Finding] {
        guard endpoint.lowercased().hasPrefix("https:") else { return [] }
        do {
            let steps = try await exchange.examine(endpoint)
            let hasProxy = steps.contains { $0.subject == .proxy }
            return steps.map { Self.finding($0, hasProxy: hasProxy) } + [.ok("trust", "authorities: \(exchange.trust)")]
        } catch let error as CoverError {
            return [Self.unusable(error)]
        } catch {
            return []
        }
    }

    /// Settings that cannot be used: a proxy's variable, a file of authorities. What is wrong with the system's says itself what to do.
    static func unusable(_ error: CoverError) -> Finding {
        let next = error.kind == .untrustedServer ? nil : "Correct or unset what is named."
        return .failed("network", error.message, next: next, ExitStatus(error))
    }

    /// The certificate's fault says itself what to do.
    static func unanswered(_ endpoint: String, _ error: CoverError) -> Finding {
        let isOfCertificate = error.kind == .untrustedServer
        let next = isOfCertificate ? nil : "Check the network, proxies and --endpoint."
        var finding = Finding.failed("endpoint", "\(endpoint): \(error.message)", next: next, ExitStatus(error))
        finding.isOfCertificate = isOfCertificate
        return finding
    }

    /// A handshake that shows a certificate is no success where the certificate is then refused.
    static func refusingCertificate(_ finding: Finding) -> Finding {
        guard finding.subject == RouteStep.Subject.tls.rawValue else { return finding }
        var finding = finding
        finding.grade = .failed
        finding.message += "; it is refused."
        finding.status = .unreachable
        finding.next = "See endpoint."
        return finding
    }

    private static func finding(_ step: RouteStep, hasProxy: Bool) -> Finding {
        var finding = Finding.ok(step.subject.rawValue, step.message)
        finding.milliseconds = step.duration?.wholeMilliseconds
        guard let error = step.error else { return finding }
        finding.grade = .failed
        finding.status = ExitStatus(error)
        finding.next =
            switch step.subject {
            case .name where hasProxy, .tcp where hasProxy: "Check the proxy's variable, or whether the proxy runs."
            case .name: "Check the name, and this machine's DNS; some networks want a proxy (HTTPS_PROXY)."
            case .tcp: "A firewall may be in the way; some networks want a proxy (HTTPS_PROXY)."
            case .proxy: "Check the login in the proxy's variable, and whether the proxy lets this host through."
            case .tls: "Check the endpoint, and whether something on the way answers in its place."
            }
        return finding
    }
}
