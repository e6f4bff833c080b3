public import CoverModel
import NIOSSL

/// The content of a server's certificate, in a form that can be shown to people.
public struct ServerCertificate: Sendable, Hashable {
    /// The owner of the certificate, by common name or organization.
    public var subject: String
    /// The authority that signed the certificate, by common name or organization.
    public var issuer: String
    /// The DNS names and addresses for which the certificate is valid.
    public var names: [String]
    /// The start of its validity.
    public var validFrom: Timestamp
    /// The end of its validity.
    public var validUntil: Timestamp
    /// Whether the certificate is signed by its own owner, judged by the names.
    public var isSelfSigned: Bool
    private let subjectName: [SSLCertificateName]
    private let issuerName: [SSLCertificateName]
    private var dnsNames: [String] = []
    private var addresses: [IPAddress] = []

    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            let bytes = Array(name.contents)
            if name.nameType == .dnsName {
                dnsNames.append(String(decoding: bytes, as: UTF8.self).lowercased())
            } else if name.nameType == .ipAddress, bytes.count == 4 || bytes.count == 16 {
                addresses.append(IPAddress(bytes: bytes))
            }
        }
        names = dnsNames.map { $0.presentable(upTo: 100) } + addresses.map(\.description)
        (subjectName, issuerName) = (certificate.subjectName, certificate.issuerName)
        (subject, issuer) = (Self.words(subjectName), Self.words(issuerName))
        isSelfSigned = issuerName == subjectName
        validFrom = Timestamp(milliseconds: Int64(certificate.notValidBefore) * 1000)
        validUntil = Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1000)
    }

    private static func words(_ name: [SSLCertificateName]) -> String {
        let part = [.commonName, .organization].lazy
            .compactMap { (type: SSLCertificateNameType) in name.first { $0.type == type } }.first
        return part.map { $0.value.presentable(upTo: 100) } ?? "no name"
    }

    /// Whether the certificate is valid for a host (RFC 9525). A host name must be among the DNS names of the
    /// certificate, and an IP address must be among its addresses. A wildcard stands for the whole first label of a
    /// name.
    func isFor(_ host: String) -> Bool {
        if let address = IPAddress(host) { return addresses.contains(address) }
        let host = host.hasSuffix(".") ? host.dropLast() : host[...]
        return dnsNames.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
            return host[dot...] == name.dropFirst() && name.dropFirst(2).contains(".")
        }
    }

    /// Whether the other certificate signed this one, judged by the names.
    func isSigned(by other: ServerCertificate) -> Bool { issuerName == other.subjectName }

    /// Why the certificate is not valid at a time, as in `expired on 2025-01-15`; nil if it is valid.
    func invalidity(at time: Timestamp) -> String? {
        if time > validUntil { return "expired on \(validUntil.day)" }
        return time < validFrom ? "is valid from \(validFrom.day) on" : nil
    }

    func mismatch(with host: String) -> CoverError? {
        guard !isFor(host) else { return nil }
        if IPAddress(host) != nil, dnsNames.contains(host) {
            let fault = "has \(host) as a name (DNS), and not as an address (IP)"
            return .untrusted(host, fault, "The server needs another certificate.")
        }
        let more = names.count > 4 ? " and \(names.count - 4) more" : ""
        let shown = names.isEmpty ? "no name" : names.prefix(4).joined(separator: ", ") + more
        return .untrusted(host, "is not for \(host), but for \(shown)", advice(about: host))
    }

    /// The advice for a certificate that is not for the host.
    private func advice(about host: String) -> String {
        if names.isEmpty {
            return
                "Only names and addresses in the extension subjectAltName count; the server needs another certificate."
        }
        if IPAddress(host) != nil, addresses.isEmpty { return "Use the server's name in place of its address." }
        let isBelowWildcard = dnsNames.contains { $0.hasPrefix("*.") && host.hasSuffix($0.dropFirst()) }
        if isBelowWildcard {
            return "A wildcard (*) stands for one part of a name, not for several; use a name that it covers."
        }
        return "Another server may have answered, or a network's sign-in page; check the address."
    }
}

extension CoverError {
    static func untrusted(_ host: String, _ what: String, _ next: String) -> CoverError {
        CoverError(.untrustedServer, "The certificate of \(host) \(what). \(next)")
    }
}

extension Timestamp {
    /// The date, as in `2025-01-15`.
    public var day: String { String(description.prefix { $0 != "T" }) }
}
