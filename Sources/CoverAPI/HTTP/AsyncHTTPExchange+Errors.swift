import AsyncHTTPClient
import CoverModel
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension AsyncHTTPExchange {
    /// Turns an error of the network into a `CoverError` in plain words, without any text from outside.
    static func translated(_ error: any Error, _ host: HostClient) -> any Error {
        if error is CoverError { return error }
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if let fault = ProxyFault(error, host) { return fault.error(host) }
        switch error {
        case let error as HTTPClientError: return translated(error, host)
        case HTTPParserError.invalidEOFState: return CoverError(.malformedResponse, cutOff)
        case HTTPParserError.headerOverflow:
            return CoverError(.malformedResponse, "The headers of the answer are longer than the 80 kB that are read.")
        case HTTPParserError.invalidStatus:
            return CoverError(.malformedResponse, "The answer has a status that HTTP does not have.")
        case is HeadLimit.Exceeded:
            return CoverError(.malformedResponse, "More than 256 kB of the answer are no content: a line never ends.")
        case is HTTPParserError:
            return CoverError(
                .malformedResponse,
                "What \(host.address.host) sent is not HTTP, or breaks its rules. Check the address, and what is on the way to it."
            )
        case let error as NIOConnectionError: return notConnected(error, host)
        case _ where isOfAuthorities(error): return unreadableAuthorities
        case let error as NIOSSLError: return HandshakeFault(error).error(host)
        case let error as BoringSSLError: return HandshakeFault(error).error(host)
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            return notConnected(words(error), host)
        case let error as IOError:
            return CoverError(.unreachable, "The connection to \(host.place) failed: \(words(error)); \(advice(host)).")
        case let error as NIOHTTP2Errors.StreamClosed where error.errorCode == .enhanceYourCalm:
            return CoverError(.rateLimited, "\(host.address.host) wants fewer queries (ENHANCE_YOUR_CALM of HTTP/2).")
        case is NIOHTTP2Errors.StreamClosed, is ChannelError:
            return CoverError(.unreachable, "The connection to \(host.place) was closed without an answer.")
        case _ where isNoResult(error): return HandshakeFault.closed.error(host)
        default: return CoverError(.unreachable, "The connection to \(host.place) failed (\(type(of: error))).")
        }
    }

    /// Whether the connection ended before the handshake with a SOCKS proxy or of TLS. The type of this error is private
    /// to AsyncHTTPClient.
    static func isNoResult(_ error: any Error) -> Bool { "\(type(of: error))" == "NoResult" }

    /// Whether BoringSSL could not read the system's authorities. BoringSSL reads them when a connection is made.
    private static func isOfAuthorities(_ error: any Error) -> Bool {
        switch error {
        case NIOSSLError.failedToLoadCertificate, NIOSSLError.noSuchFilesystemObject, BoringSSLError.unknownError: true
        default: false
        }
    }

    private static var unreadableAuthorities: CoverError {
        var error = CoverError(
            .untrustedServer,
            "This machine's list of certificate authorities cannot be used: it is gone, or something in it is no certificate. "
                + "Reinstall the package ca-certificates, or name a file in SSL_CERT_FILE."
        )
        error.isOfThisMachine = true
        return error
    }

    /// Whether the error is about the server's certificate.
    static func isOfCertificate(_ error: any Error) -> Bool {
        switch error {
        case let error as NIOSSLError: HandshakeFault(error) == .certificate
        case let error as NIOSSLExtraError:
            error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch
        default: false
        }
    }

    /// Whether the server never got the request, or says that it has not processed it (RFC 9113 §6.8 and §8.7). Then
    /// any request may be sent again.
    static func isUntouched(_ error: any Error) -> Bool {
        if Task.isCancelled { return false }
        return switch error {
        case let error as HTTPClientError: error == .cancelled
        case let error as NIOHTTP2Errors.StreamClosed: error.errorCode == .refusedStream
        case is NIOHTTP2Errors.CreatedStreamAfterGoaway: true
        // The connection closed just before a stream was created on it.
        case let error as ChannelError: error == .ioOnClosedChannel
        default: false
        }
    }

    /// The error for a server, or a gateway in front of it, that refuses all requests.
    static func refused(for host: HostClient) -> CoverError {
        var error = CoverError(
            .unreachable,
            "\(host.address.host) accepts no requests at present: it refuses them again and again, without reading them."
        )
        // This class has already repeated the request, so callers must not repeat it.
        error.mostRetries = 0
        return error
    }

    /// Whether the server ended the stream of the request before its answer began.
    static func isReset(_ error: any Error) -> Bool {
        guard !Task.isCancelled, let error = error as? NIOHTTP2Errors.StreamClosed else { return false }
        return error.errorCode != .enhanceYourCalm
    }

    /// Whether the connection ended before the answer began.
    static func isClosed(_ error: any Error) -> Bool {
        if Task.isCancelled { return false }
        if let error = error as? IOError { return [ECONNRESET, EPIPE].contains(error.errnoCode) }
        return error as? HTTPClientError == .remoteConnectionClosed
    }

    /// The error to throw for a failure after the head of an answer. The answer broke off, but the server was
    /// reachable.
    static func broken(_ error: any Error) -> any Error {
        guard let error = error as? CoverError, error.kind == .unreachable else { return error }
        return CoverError(.malformedResponse, cutOff)
    }

    private static let cutOff = "The answer broke off before its end."

    private static func translated(_ error: HTTPClientError, _ host: HostClient) -> CoverError {
        let target = host.address.host
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout:
            return CoverError(
                .requestTimeout,
                "\(host.route) did not answer in time: \(error.shortDescription)."
            )
        case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
            return CoverError(.requestTimeout, "The server did not answer in time: \(error.shortDescription).")
        case .alreadyShutdown: return CoverError(.shuttingDown, "The client has been shut down.")
        case .cancelled:
            return CoverError(.unreachable, "The connection to \(host.place) ended before the request was sent.")
        case .remoteConnectionClosed where host.proxy != nil:
            return CoverError(
                .unreachable,
                "The connection to \(target) through \(host.place) was closed without an answer."
            )
        case .remoteConnectionClosed:
            return CoverError(.unreachable, "\(target) closed the connection without an answer.")
        default: return CoverError(.unreachable, "The connection to \(host.place) failed: \(error.shortDescription).")
        }
    }

    private static func notConnected(_ error: NIOConnectionError, _ host: HostClient) -> CoverError {
        guard let first = error.connectionErrors.first?.error else {
            return CoverError(
                .unreachable,
                "\(host.subject) cannot be reached: its name leads to no address; check it, and this machine's DNS."
            )
        }
        if isOfAuthorities(first) { return unreadableAuthorities }
        if case ChannelError.connectTimeout = first {
            return CoverError(.requestTimeout, "\(host.subject) did not answer in time.")
        }
        return notConnected((first as? IOError).map(words) ?? "no address answers", host)
    }

    private static func notConnected(_ cause: String, _ host: HostClient) -> CoverError {
        CoverError(.unreachable, "\(host.subject) cannot be reached: \(cause); \(advice(host)).")
    }

    private static func advice(_ host: HostClient) -> String {
        host.proxy == nil ? "check the address and the network" : "check the variable, or whether it runs"
    }

    /// The error text of the system.
    private static func words(_ error: IOError) -> String {
        unsafe String(cString: strerror(error.errnoCode)).lowercased()
    }
}

extension HostClient {
    /// The other end of the connection: the proxy, or the host itself.
    var place: String { proxy?.words ?? "\(address.hostOfURL):\(address.effectivePort)" }

    /// The host with its port, and the proxy on the way to it.
    var route: String {
        "\(address.hostOfURL):\(address.effectivePort)" + (proxy.map { " through \($0.words)" } ?? "")
    }

    /// The same for the start of a sentence: "the proxy" gets a capital letter, and a host name stays unchanged.
    var subject: String { proxy.map { "The proxy \($0.place)" } ?? place }
}
