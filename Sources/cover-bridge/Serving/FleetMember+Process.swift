import CoverAPI
import CoverFleet
import CoverModel
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension FleetMember {
    /// Creates the member of a fleet that represents this process.
    convenience init(_ fleet: FleetConnection, _ configuration: CoverClient.Configuration, _ timeline: Timeline) {
        let bridge = FleetBridge(
            id: FleetBridge.ID(.random(in: 0 ... .max)),
            rate: configuration.rate,
            burst: configuration.effectiveBurst,
            name: "\(CommandLine.commandName) \(getpid()) on \(Self.hostName)"
        )
        self.init(
            address: fleet.address.text,
            bridge: bridge,
            expectedBridges: fleet.expectedBridges,
            timeline: timeline
        )
    }

    /// Joins the fleet of a client's key until the process ends. If the store is unusable, the process ends with that
    /// error.
    func enter(_ fleet: FleetConnection, of client: CoverClient) {
        ProcessEnd.before { [self] _ in
            let hasLeft = DispatchSemaphore(value: 0)
            Task {
                await leave()
                hasLeft.signal()
            }
            // The wait is short, because closing the journal also needs time. A store that does not answer must not use
            // that time up.
            _ = hasLeft.wait(timeout: .now() + .milliseconds(300))
        }
        Task {
            do {
                try await run { try await fleet.openStore(group: client.fleetGroup) }
            } catch let error as FleetStoreError {
                Failure(refusing: error).exit()
            }
        }
    }

    private static var hostName: String {
        var name = utsname()
        unsafe uname(&name)
        return unsafe withUnsafeBytes(of: name.nodename) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// The fleet that a bridge belongs to.
struct FleetConnection: Sendable {
    var address: FleetAddress
    /// The password and the settings of TLS for a Redis.
    var access: RedisAccess
    /// The least number of bridges to assume while the store does not answer.
    var expectedBridges: Int

    /// Checks the store as far as that is possible without the key.
    ///
    /// - Throws: ``Failure`` with code 2 if the store cannot be used.
    func check() throws {
        do { try address.check() } catch let error as FleetStoreError { throw Failure(refusing: error) }
    }

    /// Opens the store for this process.
    ///
    /// - Throws: `FleetStoreError`: `unusable`.
    func openStore(group: String) async throws -> any FleetStore {
        try await address.openStore(group: group, access: access)
    }
}

extension Failure {
    fileprivate init(refusing error: FleetStoreError) {
        self.init(code: .usage, message: "the fleet cannot be used. \(error.message)")
    }
}

extension FleetAddress {
    /// The advice for a user who expects bridges in a store that has none.
    var adviceWithoutBridges: String {
        let place = if case .redis = self { "database" } else { "file" }
        return "If bridges run, they differ in key, endpoint, --record-api or \(place)."
    }
}

extension CommandLine {
    /// The name of the subcommand, such as `watch`. Without a subcommand, the name is `serve`.
    fileprivate static var commandName: String {
        arguments.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? "serve"
    }
}
