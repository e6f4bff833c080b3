import AsyncHTTPClient
import NIOCore

/// A host, how it is reached, and the connections to it.
final class HostClient: Sendable {
    let address: WebAddress
    let proxy: Proxy?
    let client: HTTPClient

    init(_ address: WebAddress, proxy: Proxy?, client: HTTPClient) {
        self.address = address
        self.proxy = proxy
        self.client = client
    }
}

/// A client for each host, since what a fresh connection must fulfil depends on the host that was asked for.
///
/// There are no more than a few: where a host's client has nothing to do and others need the place, it goes.
struct HostClients: Sendable {
    private struct Entry {
        let host: HostClient
        var uses = 0
        var used: UInt64
    }

    /// How many hosts are kept, those in use aside.
    static let limit = 16

    private var entries: [Substring: Entry] = [:]
    private var clock: UInt64 = 0

    var all: [HTTPClient] { entries.values.map(\.host.client) }

    /// The client for a URL, which is in use until it is given back.
    mutating func use(_ url: String) -> HostClient? {
        let origin = Self.origin(of: url)
        guard let host = entries[origin]?.host else { return nil }
        clock += 1
        entries[origin]?.uses += 1
        entries[origin]?.used = clock
        return host
    }

    mutating func giveBack(_ url: String) { entries[Self.origin(of: url)]?.uses -= 1 }

    /// - Returns: the client that made room and is to be shut down.
    mutating func insert(_ host: HostClient, for url: String) -> HTTPClient? {
        entries[Self.origin(of: url)] = Entry(host: host, used: clock)
        guard entries.count > Self.limit,
            let oldest = entries.filter({ $0.value.uses == 0 && $0.value.host !== host })
                .min(by: { $0.value.used < $1.value.used })
        else { return nil }
        return entries.removeValue(forKey: oldest.key)?.host.client
    }

    /// What stands before the path.
    private static func origin(of url: String) -> Substring {
        guard let rest = url.splitAtScheme?.rest else { return url[...] }
        return url[..<(rest.firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex)]
    }
}
