public import CoverModel
import Jansson
import Synchronization

/// An image in memory.
public struct FetchedImage: Sendable {
    /// The bytes of the image file.
    public var bytes: [UInt8]
    /// The type according to the first bytes, as in `image/png`.
    public var mediaType: String
}

extension CoverClient {
    /// Fetches one image of a succeeded task into memory. Temporary faults of its host are retried up to three times.
    ///
    /// - Parameters:
    ///   - number: the number of the image, counted from 1.
    ///   - taskId: the task.
    ///   - progress: called before each pause after a temporary fault.
    /// - Throws: `downloadFailed`, also if the task has no such image; the errors of
    ///   ``status(of:maxAge:includeRecord:deadline:)``; `CancellationError`.
    public func image(
        _ number: Int,
        of taskId: TaskID,
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> FetchedImage {
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
            let expiry = ImageExpiry(of: status, now: timeline.wallTime)
            return try await fetching(image: number, of: images.count, progress) { [self] renew in
                try await fetchImage(images[number - 1], expiry, renew)
            }
        } catch let error as CoverError {
            throw error.about(taskId)
        }
    }

    /// Fetches or saves one image, within the time limits for the whole image and for each pause of its host. Temporary
    /// faults are retried as long as the first of these limits allows.
    ///
    /// - Parameters:
    ///   - number: the number of the image, counted from 1.
    ///   - count: the number of images of the task.
    ///   - progress: called before each pause after a temporary fault.
    ///   - work: must call `renew` whenever something arrives.
    func fetching<T: Sendable>(
        image number: Int,
        of count: Int,
        _ progress: @escaping @Sendable (DownloadProgress) -> Void,
        _ work: @escaping @Sendable (_ renew: @escaping @Sendable () -> Void) async throws -> T
    ) async throws -> T {
        let whole = configuration.downloadTimeout
        do {
            return try await deadlines.within(whole) {
                CoverError(.downloadFailed, "The image did not arrive within \(whole.inSeconds.jsonText) seconds.")
            } work: { [self] in
                try await retrying(until: timeline.now + whole, work) { retry in
                    progress(DownloadProgress(image: number, images: count, receivedBytes: 0, retry: retry))
                }
            }
        } catch let error as CoverError {
            throw error.about(image: number, of: count)
        }
    }

    private func retrying<T: Sendable>(
        until end: Duration,
        _ work: @escaping @Sendable (_ renew: @escaping @Sendable () -> Void) async throws -> T,
        beforePause: (DownloadProgress.Retry) -> Void
    ) async throws -> T {
        let silence = configuration.downloadSilence
        var retry = 0
        while true {
            do {
                return try await deadlines.within(renewable: silence) {
                    var error = CoverError(
                        .downloadFailed,
                        "The host of the image sent nothing for \(silence.inSeconds.jsonText) seconds."
                    )
                    // Such a fault already takes long.
                    error.mostRetries = 1
                    return error
                } work: { renew in
                    try await work(renew)
                }
            } catch let error as CoverError {
                guard let delay = retryPolicy.delay(before: retry, after: error, random: random()),
                    timeline.now + delay < end
                else { throw error }
                retry += 1
                beforePause(DownloadProgress.Retry(message: error.message, after: delay.inSeconds))
                try await timeline.sleep(for: delay)
            }
        }
    }

    private func fetchImage(
        _ url: String,
        _ expiry: ImageExpiry,
        _ renew: () -> Void
    ) async throws -> FetchedImage {
        var target = url
        for _ in 0..<Self.mostRedirects {
            let (address, request) = try imageRequest(target, isRedirect: target != url)
            var redirect: String?
            var packing: String?
            var body: [UInt8] = []
            do {
                try await exchange.perform(request) { part in
                    renew()
                    switch part {
                    case .head(let head):
                        redirect = head.redirect
                        packing = ContentCodings(head).unreadWords
                        guard redirect != nil || head.hasImage else { throw CoverError.refusedImage(head, expiry) }
                    case .body where redirect != nil: break
                    case .body(let bytes):
                        guard body.count + bytes.count <= ImageDownload.largest else { throw ImageDownload.tooLarge }
                        body += bytes
                    }
                }
            } catch let error as CoverError {
                throw error.ofImageHost
            }
            if let redirect {
                target = address.resolve(redirect)
                continue
            }
            guard !body.isEmpty else { throw CoverError(.downloadFailed, "The image is empty.") }
            guard let type = MediaType(magic: body) else { throw CoverError.noImage(body, packing: packing) }
            var end = ImageEndDetector(type)
            end.scan(body)
            guard end.isReached else { throw CoverError.incomplete(type) }
            return FetchedImage(bytes: body, mediaType: type.rawValue)
        }
        throw CoverError.endlessRedirects
    }

    /// How many redirects of an image are followed.
    static let mostRedirects = 5

    /// The request for an image. It has no key, because the key is sent to the API only.
    ///
    /// - Parameter isRedirect: whether the image host redirects to the URL.
    /// - Throws: `insecureEndpoint` for plain http to another machine.
    func imageRequest(_ url: String, isRedirect: Bool) throws(CoverError) -> (WebAddress, ExchangeRequest) {
        let subject = isRedirect ? "The image host redirects to a URL that" : "The image's URL"
        let address: WebAddress
        do throws(WebAddress.Fault) { address = try WebAddress(parsing: url) } catch {
            throw CoverError(.insecureEndpoint, "\(subject) \(error.words); it is not fetched.")
        }
        guard address.isConfidential else {
            throw CoverError(.insecureEndpoint, "\(subject) is not https; it is not fetched.")
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

    /// Whether the content is the one that was asked for. A proxy that changes it may send 203 (RFC 9110 §15.3.4).
    var hasImage: Bool { status == 200 || status == 203 }

    /// The URL to which the server redirects; nil if the server does not redirect.
    var redirect: String? { isRedirect ? self["location"] : nil }
}

extension CoverError {
    static let endlessRedirects = CoverError(.downloadFailed, "The image host redirects without end.")
}
