public import CoverModel
import Synchronization

/// An image in memory.
public struct FetchedImage: Sendable {
    /// The bytes of the image file.
    public var bytes: [UInt8]
    /// The type according to the first bytes, as in `image/png`.
    public var mediaType: String
}

extension CoverClient {
    /// Fetches one image of a succeeded task into memory.
    ///
    /// - Parameters:
    ///   - number: the number of the image, counted from 1.
    ///   - taskId: the task.
    /// - Throws: `downloadFailed`, also if the task has no such image; the errors of
    ///   ``status(of:maxAge:includeRecord:deadline:)``; `CancellationError`.
    public func image(_ number: Int, of taskId: TaskID) async throws -> FetchedImage {
        let status = try await status(of: taskId, maxAge: .seconds(10))
        let images = status.images
        do {
            guard images.indices.contains(number - 1) else {
                var error = CoverError(
                    .downloadFailed,
                    "The task has \(images.count) images; there is no number \(number)."
                )
                error.retryable = !status.final
                throw error
            }
            let limit = configuration.downloadTimeout
            return try await deadlines.within(limit) {
                CoverError(.downloadFailed, "The image did not arrive within \(limit.inSeconds) seconds.")
            } work: { [self] in
                try await fetchImage(images[number - 1], ImageExpiry(of: status, now: timeline.wallTime))
            }
        } catch let error as CoverError {
            throw error.about(taskId)
        }
    }

    private func fetchImage(_ url: String, _ expiry: ImageExpiry) async throws -> FetchedImage {
        var target = url
        for _ in 0..<Self.mostRedirects {
            let (address, request) = try imageRequest(target)
            let response: ExchangeResponse
            do {
                response = try await exchange.collect(request, limit: ImageDownload.largest)
            } catch let error as CoverError {
                throw error.ofImageHost
            }
            if let redirect = response.head.redirect {
                target = address.resolve(redirect)
                continue
            }
            guard response.head.status == 200 else { throw CoverError.refusedImage(response.head, expiry) }
            guard !response.body.isEmpty else { throw CoverError(.downloadFailed, "The image is empty.") }
            guard let type = MediaType(magic: response.body) else { throw CoverError.noImage(response.body) }
            var end = ImageEndDetector(type)
            end.scan(response.body)
            guard end.isReached else { throw CoverError.incomplete(type) }
            return FetchedImage(bytes: response.body, mediaType: type.rawValue)
        }
        throw CoverError.endlessRedirects
    }

    /// How many redirects of an image are followed.
    static let mostRedirects = 5

    /// The request for an image. It has no key, because the key is sent to the API only.
    ///
    /// - Throws: `insecureEndpoint` for plain http to another machine.
    func imageRequest(_ url: String) throws(CoverError) -> (WebAddress, ExchangeRequest) {
        let address: WebAddress
        do throws(WebAddress.Fault) { address = try WebAddress(parsing: url) } catch {
            throw CoverError(.insecureEndpoint, "The image's URL \(error.words); it is not fetched.")
        }
        guard address.isConfidential else {
            throw CoverError(.insecureEndpoint, "The image's URL is not https; it is not fetched.")
        }
        counters.withLock { $0.downloads += 1 }
        let headers = [("User-Agent", Self.userAgent), ("Accept", "image/*")]
        return (address, ExchangeRequest(url: address.requestURL, headers: headers))
    }
}

extension ExchangeHead {
    /// Whether the status says that the content is at another URL (RFC 9110 §15.4). The statuses 300 and 304 do not
    /// count: 300 offers a choice, and 304 is about a cached copy, which the client does not have.
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

    /// The URL to which the server redirects; nil if the server does not redirect.
    var redirect: String? { isRedirect ? self["location"] : nil }
}

extension CoverError {
    static let endlessRedirects = CoverError(.downloadFailed, "The image host redirects without end.")
}
