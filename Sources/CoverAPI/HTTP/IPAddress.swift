import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address. An IPv4 address in the form of IPv6 counts as IPv4.
struct IPAddress: Sendable, Hashable {
    /// Four or sixteen bytes.
    let bytes: [UInt8]

    init?(_ text: some StringProtocol) {
        let text = String(text)
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: Array(bytes.prefix(4)))
        } else {
            return nil
        }
    }

    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    init(bytes: [UInt8]) {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.bytes = bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : bytes
    }

    /// Whether the address belongs to this machine, to a private network, or to no single public host.
    var isLocal: Bool {
        if Self.localRanges.contains(where: { $0.contains(self) }) { return true }
        // Some IPv6 addresses lead to an IPv4 address: NAT64, 6to4 and the old compatible form.
        guard bytes.count == 16 else { return false }
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B]) || bytes.dropLast(4).allSatisfy({ $0 == 0 }) {
            return IPAddress(bytes: Array(bytes.suffix(4))).isLocal
        }
        return bytes.starts(with: [0x20, 0x02]) && IPAddress(bytes: Array(bytes[2..<6])).isLocal
    }

    private static let localRanges = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { AddressRange($0) }
}

extension IPAddress: CustomStringConvertible {
    var description: String {
        (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0))?.ipAddress ?? "no address"
    }
}

/// A range of addresses, such as `10.0.0.0/8`.
struct AddressRange: Sendable, Hashable {
    private let start: IPAddress
    private let length: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = IPAddress(parts[0]), parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let length = Int(parts[1]), length <= start.bytes.count * 8
        else { return nil }
        self.start = start
        self.length = length
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == start.bytes.count else { return false }
        return zip(address.bytes, start.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(max(length - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            return pair.0 & mask == pair.1 & mask
        }
    }
}
