import Hiredis
import NIOCore
import NIOPosix
import NIOSSL

/// Why a Redis did not do what was asked.
enum RedisFault: Error, Sendable, Hashable {
    /// It answered with an error: the text, which begins with a code.
    case refused(String)
    /// It has not answered in time.
    case silent
    /// The connection ended.
    case closed
    /// Nothing has ever come over the connection in time.
    case mute
    /// The connection ended before anything came.
    case turnedAway
    /// No connection can be made: why, as the system says.
    case unreachable(String)
    /// The name of the host has no address.
    case unknownHost
    /// The connection was made, and what came was no answer of a Redis.
    case foreign
    /// The server does not speak TLS.
    case notEncrypted
    /// The server's certificate is not trusted.
    case untrusted
    /// TLS failed otherwise.
    case handshake
    /// The server's version, which is too old.
    case tooOld(String)
    /// The fleet's keys are in the form of another version of cover-bridge.
    case otherForm(String)
    /// A password or an authority cannot be read: why.
    case settings(String)

    init(_ error: any Error) {
        switch error {
        case let fault as RedisFault: self = fault
        case let error as NIOSSLError: self = Self.ofTLS(error)
        case is NIOSSLExtraError: self = .untrusted
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

    /// What BoringSSL says of a server that does not speak TLS.
    private static let plainReasons = [
        ":WRONG_VERSION_NUMBER", ":HTTP_REQUEST", ":PACKET_LENGTH_TOO_LONG", ":BAD_PACKET_LENGTH",
    ]

    private static func ofTLS(_ error: NIOSSLError) -> RedisFault {
        switch error {
        case .noCertificateToValidate, .unableToValidateCertificate: return .untrusted
        case .handshakeFailed(.sslError(let stack)):
            // BoringSSL has numbers for its reasons, but NIOSSL exposes only their names.
            let names = stack.map(\.description).joined()
            if names.contains(":CERTIFICATE_VERIFY_FAILED") { return .untrusted }
            return plainReasons.contains { names.contains($0) } ? .notEncrypted : .handshake
        case .uncleanShutdown: return .closed
        default: return .handshake
        }
    }
}
