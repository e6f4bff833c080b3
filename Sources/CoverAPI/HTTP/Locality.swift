import CoverModel
import NIOCore
import Synchronization

/// Whether addresses of this machine and of private networks may be asked for what the API merely names: where the API itself is at one.
final class Locality: Sendable {
    private let endpoint: WebAddress
    private let isLocal: Mutex<Bool>

    init(endpoint: WebAddress) {
        self.endpoint = endpoint
        isLocal = Mutex(endpoint.isLocal)
    }

    /// The API's own host may be anywhere, and says with its address what else may be asked.
    func check(_ address: SocketAddress?, of host: String) throws(CoverError) {
        let isAddressLocal = address.flatMap(IPAddress.init)?.isLocal ?? false
        if host == endpoint.host {
            if isAddressLocal { isLocal.withLock { $0 = true } }
        } else if isAddressLocal, !isLocal.withLock(\.self) {
            throw .leadsInside(host)
        }
    }

    /// Whether a host must not lead inside.
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
