import AsyncHTTPClient
import NIOCore
import Synchronization

/// A host, the way to it, and the connections to it. The connections close when the last user releases the host.
final class HostClient: Sendable {
    let address: WebAddress
    let proxy: Proxy?
    let client: HTTPClient
    let connections: ConnectionCount
    /// The state of the authorities' files when they were read.
    let authorities: [FileState?]
    let diagnosis = Diagnosis()
    private let checkedAuthorities = Mutex(NIODeadline.now())

    init(
        _ address: WebAddress,
        proxy: Proxy?,
        client: HTTPClient,
        connections: ConnectionCount,
        authorities: [FileState?]
    ) {
        self.address = address
        self.proxy = proxy
        self.client = client
        self.connections = connections
        self.authorities = authorities
    }

    /// Whether to check the files of the authorities again: true once a second, for one of the callers.
    func isDueForCheck(at now: NIODeadline = .now()) -> Bool {
        guard !authorities.isEmpty else { return false }
        return checkedAuthorities.withLock { last in
            guard now - last >= .seconds(1) else { return false }
            last = now
            return true
        }
    }

    deinit { client.shutdown { _ in } }
}

/// One client per host, because the checks of a new connection depend on the requested host.
///
/// The number of hosts is bounded. When the bound is reached, the least recently used host is removed.
struct HostClients: Sendable {
    private struct Entry {
        let host: HostClient
        var used: UInt64
    }

    /// How many hosts are kept.
    static let limit = 16

    private var entries: [Substring: Entry] = [:]
    private var clock: UInt64 = 0

    var all: [HTTPClient] { entries.values.map(\.host.client) }

    /// The client for a URL; nil if there is none yet.
    mutating func host(for url: String) -> HostClient? {
        let origin = Self.origin(of: url)
        guard let host = entries[origin]?.host else { return nil }
        clock += 1
        entries[origin]?.used = clock
        return host
    }

    mutating func insert(_ host: HostClient, for url: String) {
        clock += 1
        entries[Self.origin(of: url)] = Entry(host: host, used: clock)
        guard entries.count > Self.limit, let oldest = entries.min(by: { $0.value.used < $1.value.used })
        else { return }
        entries[oldest.key] = nil
    }

    /// Removes a host, so that its next request begins with a new client.
    mutating func remove(_ host: HostClient) { entries = entries.filter { $0.value.host !== host } }

    /// The part of a URL before the path.
    static func origin(of url: String) -> Substring {
        guard let rest = url.splitAtScheme?.rest else { return url[...] }
        // The search is by bytes, because it runs for each request, and the boundaries of characters are expensive.
        return url[..<(rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? url.endIndex)]
    }
}
