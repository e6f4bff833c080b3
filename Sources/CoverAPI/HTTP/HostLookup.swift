import CoverModel
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks the system for the addresses of a host. It uses a separate thread, because the system may be slow.
enum HostLookup {
    /// The addresses, in the order in which they are tried.
    ///
    /// - Throws: `unreachable`.
    static func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
        try await BlockingWork.names.runUnlessCancelled { try resolve(host, port: port) }
    }

    private static func resolve(_ host: String, port: Int) throws -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>? = nil
        let code = unsafe getaddrinfo(host, String(port), &hints, &first)
        guard code == 0 else {
            let words = unsafe String(cString: gai_strerror(code))
            throw CoverError(.unreachable, "The name \(host) leads to no address: \(words).")
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee) { addresses.append(address) }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let raw = unsafe entry.ai_addr else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET:
            return unsafe raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe SocketAddress($0.pointee) }
        case AF_INET6:
            return unsafe raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { unsafe SocketAddress($0.pointee) }
        default: return nil
        }
    }
}
