import CoverModel
import NIOCore
import Synchronization

/// Decides whether URLs from the API's answers may lead to this machine or to a private network. They may if the API
/// itself is there.
final class Locality: Sendable {
    private let endpoint: WebAddress
    private let isLocal: Mutex<Bool>

    init(endpoint: WebAddress) {
        self.endpoint = endpoint
        isLocal = Mutex(endpoint.isLocal)
    }

    /// Checks the address of a connection. The API's own host may have any address. That address decides which
    /// addresses other hosts may have.
    func check(_ address: SocketAddress?, of host: String) throws(CoverError) {
        let isAddressLocal = address.flatMap(IPAddress.init)?.isLocal ?? false
        if host == endpoint.host {
            if isAddressLocal { isLocal.withLock { $0 = true } }
        } else if isAddressLocal, !isLocal.withLock(\.self) {
            throw .leadsInside(host)
        }
    }

    /// Whether a host must not lead to this machine or a private network.
    func isOutside(_ target: WebAddress) -> Bool { target.host != endpoint.host && !isLocal.withLock(\.self) }

    func check(_ target: WebAddress) throws(CoverError) {
        if isOutside(target), target.isLocal { throw .leadsInside(target.host) }
    }
}

extension CoverError {
    fileprivate static func leadsInside(_ host: String) -> CoverError {
        var error = CoverError(
            .downloadFailed,
            "The image's URL leads to \(host), which is this machine or in a private network; it is not fetched."
        )
        error.retryable = false
        return error
    }
}
