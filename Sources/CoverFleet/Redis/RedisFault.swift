import Hiredis
import NIOCore
import NIOPosix
import NIOSSL

/// The reason why a Redis did not execute a command.
enum RedisFault: Error, Sendable, Hashable {
    /// Redis answered with an error. The value is its text, which begins with a code.
    case refused(String)
    /// No answer arrived in time.
    case silent
    /// The connection ended.
    case closed
    /// The server did not answer the TLS handshake in time.
    case silentInHandshake
    /// The connection ended before its first answer.
    case turnedAway
    /// The connection ended during the TLS handshake.
    case closedInHandshake
    /// No connection can be made. The value is the reason that the system gives.
    case unreachable(String)
    /// The name of the host has no address.
    case unknownHost
    /// The first bytes are no answer of a Redis.
    case foreign
    /// The server does not speak TLS.
    case notEncrypted
    /// The server's certificate is not trusted. The value says why, and what to do next; nil if the reason is unknown.
    case untrusted(String?)
    /// The server wants a certificate of its clients.
    case wantsClientCertificate
    /// The server's version of TLS is too old.
    case oldTLS
    /// TLS failed for another reason.
    case handshake
    /// The address names a user, and no password is given. The server does not accept that.
    case passwordMissing
    /// The server is too old. The value is its version.
    case tooOld(String)
    /// The stored data of the fleet has the format of another version of cover-bridge. The value is the version of the
    /// format.
    case otherForm(String)
    /// A file with a password or with certificate authorities cannot be read. The value is the reason.
    case settings(String)

    init(_ error: any Error) {
        switch error {
        case let fault as RedisFault: self = fault
        case let error as NIOSSLError: self = Self.ofTLS(error)
        // In TLS 1.3, the client's side of the handshake ends before the server can refuse the client. So NIOSSL
        // reports no error of the handshake.
        case let error as BoringSSLError: self = Self.ofTLS(error)
        case is NIOSSLExtraError: self = .untrusted(nil)
        case let error as NIOConnectionError:
            if error.connectionErrors.isEmpty {
                self = .unknownHost
            } else {
                self = Self.ofSystem(error.connectionErrors[0].error)
            }
        case is ReplyReader.Malformed: self = .foreign
        case is ChannelError: self = Self.ofSystem(error)
        default: self = error is IOError ? Self.ofSystem(error) : .closed
        }
    }

    private static func ofSystem(_ error: any Error) -> RedisFault {
        if let error = error as? IOError {
            switch error.errnoCode {
            case ECONNRESET, EPIPE: return .closed
            case ECONNREFUSED: return .unreachable("the connection was refused")
            case ENOENT: return .unreachable("there is no such socket")
            case EACCES: return .unreachable("the socket may not be used")
            case ENETUNREACH, EHOSTUNREACH: return .unreachable("there is no way to it")
            default: return .unreachable("the system says error \(error.errnoCode)")
            }
        }
        if case .connectTimeout = error as? ChannelError { return .silent }
        return .closed
    }

    private static func ofTLS(_ error: NIOSSLError) -> RedisFault {
        switch error {
        case .noCertificateToValidate, .unableToValidateCertificate: .untrusted(nil)
        case .handshakeFailed(let cause): ofTLS(cause)
        case .uncleanShutdown: .closed
        default: .handshake
        }
    }

    private static func ofTLS(_ cause: BoringSSLError) -> RedisFault {
        guard case .sslError(let stack) = cause else { return .handshake }
        if stack.contains(.eofDuringHandshake) { return .closed }
        // BoringSSL has a number for each reason, but NIOSSL exposes only the name of the reason.
        let names = stack.map(\.description).joined()
        return reasons.first { names.contains($0.name) }?.fault ?? .handshake
    }

    private static let reasons: [(name: String, fault: RedisFault)] = [
        (":CERTIFICATE_VERIFY_FAILED", .untrusted(nil)),
        (":WRONG_VERSION_NUMBER", .notEncrypted), (":HTTP_REQUEST", .notEncrypted),
        (":PACKET_LENGTH_TOO_LONG", .notEncrypted), (":BAD_PACKET_LENGTH", .notEncrypted),
        (":UNEXPECTED_RECORD", .notEncrypted),
        (":UNSUPPORTED_PROTOCOL", .oldTLS), ("ALERT_PROTOCOL_VERSION", .oldTLS),
        ("ALERT_CERTIFICATE_REQUIRED", .wantsClientCertificate),
    ]
}
