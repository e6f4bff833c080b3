import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension AsyncHTTPExchange {
    /// Says in the house's words what went wrong on the way, without anything that came from outside.
    static func translated(_ error: any Error) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if error is HTTPParserError {
            return CoverError(.malformedResponse, "What the server sent is no HTTP.")
        }
        guard let error = error as? HTTPClientError else {
            return CoverError(.unreachable, "The server could not be reached: \(cause(error)).")
        }
        switch error {
        case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            return CoverError(.requestTimeout, "The server did not answer in time: \(error.shortDescription).")
        case .cancelled, .alreadyShutdown:
            return CoverError(.shuttingDown, "The client has been shut down.")
        default:
            return CoverError(.unreachable, "The connection failed: \(error.shortDescription).")
        }
    }

    /// What fails after the head of an answer is no failure to reach the server, but an answer that broke off.
    static func broken(_ error: any Error) -> any Error {
        guard let error = error as? CoverError, error.kind == .unreachable else { return error }
        return CoverError(.malformedResponse, "The answer broke off before its end.")
    }

    private static func cause(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first?.error { return cause(first) }
            return error.dnsAError == nil && error.dnsAAAAError == nil ? "no address" : "the host's name is not known"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "the connection was refused; check the endpoint"
            case EHOSTUNREACH, ENETUNREACH: return "there is no way to its network"
            default: return "the system gives error \(error.errnoCode)"
            }
        default: return "\(type(of: error))"
        }
    }
}
