import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The sandbox as a service: Kie.ai's cover API on a port of this machine. The ids of tasks decide what it does.
package struct SandboxServer: Service {
    private let host: String
    private let port: Int
    private let clock: SandboxClock
    private let webhookKey: [UInt8]?
    private let onBound: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - host: the address to listen on.
    ///   - port: the port; 0 lets the system choose one.
    ///   - webhookKey: the key that signs callbacks; nil for no signature.
    ///   - onBound: called with the port when requests are accepted there.
    package init(
        host: String = "127.0.0.1",
        port: Int,
        clock: SandboxClock = .system,
        webhookKey: [UInt8]? = nil,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.clock = clock
        self.webhookKey = webhookKey
        self.onBound = onBound
    }

    /// Serves until the task is cancelled or the service is shut down gracefully.
    ///
    /// - Throws: ``SandboxError`` if the server cannot listen on the port.
    package func run() async throws {
        guard 0...65_535 ~= port else {
            throw SandboxError(code: .invalidPort, message: "port \(port): must be 0 to 65535; 0 picks a free one")
        }
        do {
            try await makeApplication().run()
        } catch let error as IOError {
            throw SandboxError(bindingTo: host, port, failedWith: error)
        } catch  where error is SocketAddressError || error is SocketAddressError.UnknownHost {
            throw SandboxError(
                code: .cannotListen,
                message: "cannot listen on \(host): \(error); give an address of this machine"
            )
        }
    }

    /// Starts a sandbox that serves until the process ends. The end of the calling task does not end it: if a server of
    /// NIO is cancelled while it accepts a connection, an assertion ends the process (swift-nio, issue 2813).
    ///
    /// - Returns: the port, when requests are accepted there. The stream then stays open.
    /// - Throws: in the stream, ``SandboxError`` if the server cannot listen on the port.
    package static func started(on port: Int = 0, webhookKey: [UInt8]?) -> AsyncThrowingStream<Int, any Error> {
        let (ports, bound) = AsyncThrowingStream.makeStream(of: Int.self)
        Task {
            do {
                try await SandboxServer(port: port, webhookKey: webhookKey) { bound.yield($0) }.run()
                bound.finish()
            } catch {
                bound.finish(throwing: error)
            }
        }
        return ports
    }

    /// Creates the HTTP server with a new state. Tests run this server directly.
    func makeApplication() -> some ApplicationProtocol {
        let callbacks = CallbackSender(webhookKey: webhookKey, clock: clock)
        let api = SandboxAPI(clock: clock, port: port, callbacks: callbacks)
        return Application(
            router: api.router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1024),
            services: [callbacks],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                api.bound(to: port)
                onBound(port)
            },
            logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

extension SandboxError {
    fileprivate init(bindingTo host: String, _ port: Int, failedWith error: IOError) {
        switch error.errnoCode {
        case EADDRINUSE:
            code = .portInUse
            message = "port \(port) on \(host) is in use; choose another, or 0 to have a free one picked"
        case EACCES:
            code = .notPermitted
            message = "port \(port) on \(host) may not be used by this process; choose one above 1023"
        default:
            code = .cannotListen
            message = "cannot listen on port \(port) of \(host): \(error); give an address of this machine"
        }
    }
}
