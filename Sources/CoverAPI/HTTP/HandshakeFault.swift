import CoverModel
import NIOSSL

/// Why the TLS handshake failed, as far as BoringSSL says.
enum HandshakeFault: Hashable {
    /// The certificate was refused. A second handshake finds out why.
    case certificate
    case notTLS
    case tooOld
    case wantsClientCertificate
    case refused
    case unknownName
    case closed
    case other

    init(_ error: NIOSSLError) {
        guard case .handshakeFailed(let cause) = error else {
            self = error == .noCertificateToValidate || error == .unableToValidateCertificate ? .certificate : .other
            return
        }
        self.init(cause)
    }

    /// The constructor for errors after the handshake. In TLS 1.3, the client's side of the handshake ends before the
    /// server can refuse the client. So NIOSSL reports no error of the handshake.
    init(_ cause: BoringSSLError) {
        guard case .sslError(let stack) = cause else {
            self = .other
            return
        }
        if stack.contains(.eofDuringHandshake) {
            self = .closed
            return
        }
        // BoringSSL has numbers for its reasons, but NIOSSL exposes only their names.
        let names = stack.map(\.description)
        self = Self.reasons.first { entry in names.contains { $0.contains(entry.name) } }?.fault ?? .other
    }

    private static let reasons: [(name: String, fault: HandshakeFault)] = [
        (":CERTIFICATE_VERIFY_FAILED", .certificate),
        (":WRONG_VERSION_NUMBER", .notTLS), (":HTTP_REQUEST", .notTLS), (":PACKET_LENGTH_TOO_LONG", .notTLS),
        (":BAD_PACKET_LENGTH", .notTLS), (":UNEXPECTED_RECORD", .notTLS),
        (":UNSUPPORTED_PROTOCOL", .tooOld), ("ALERT_PROTOCOL_VERSION", .tooOld),
        ("ALERT_CERTIFICATE_REQUIRED", .wantsClientCertificate),
        ("ALERT_HANDSHAKE_FAILURE", .refused), ("ALERT_UNRECOGNIZED_NAME", .unknownName),
    ]

    func error(_ host: HostClient) -> CoverError {
        var error = CoverError(.unreachable, words(host))
        if self == .wantsClientCertificate { error.retryable = false }
        return error
    }

    private func words(_ host: HostClient) -> String {
        let name = host.address.host
        let place = host.route
        return switch self {
        case .certificate: "The certificate of \(name) was refused."
        case .notTLS: "What answers at \(place) does not speak TLS; check the address and its port."
        case .tooOld: "\(place) speaks a version of TLS that is too old; 1.2 or newer is needed."
        case .wantsClientCertificate: "\(name) wants a certificate of its clients, which is not supported."
        case .refused:
            "\(place) refused the TLS handshake: it may want a certificate of its clients, which is not supported, "
                + "or ciphers that are not offered."
        case .unknownName: "The server at \(place) does not know the name \(name); check the address."
        case .closed: "The connection to \(place) was closed during the TLS handshake."
        case .other: "The TLS handshake with \(place) failed."
        }
    }
}
