public import CoverModel
import Synchronization

extension CoverClient {
    /// Saves the images of a succeeded task as `DIRECTORY/TASK-1.png` and so on. This method saves all images. If it
    /// cannot fetch one of them, it saves none. Temporary faults of the host of an image are retried up to three times.
    ///
    /// The key is sent to the API only. Each file appears complete or not at all; see ``PartialFile``.
    ///
    /// - Parameters:
    ///   - taskId: the task.
    ///   - directory: the folder; it is created if it is missing.
    ///   - overwrite: whether existing files are replaced. Otherwise they are an error of kind `fileExists`.
    ///   - progress: called for each piece that arrives, and before each pause after a temporary fault.
    /// - Throws: `downloadFailed`, `fileExists`, `insecureEndpoint`, and the errors of
    ///   ``status(of:maxAge:includeRecord:deadline:)``; `CancellationError`.
    public func download(
        taskId: TaskID,
        into directory: String,
        overwrite: Bool = false,
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> [DownloadedFile] {
        try Self.check(directory)
        let status = try await status(of: taskId, maxAge: .seconds(10))
        do {
            let expiry = ImageExpiry(of: status, now: timeline.wallTime)
            return try await save(try images(of: status), of: taskId, expiry, directory, overwrite, progress)
        } catch let error as CoverError {
            throw error.about(taskId)
        }
    }

    private static func check(_ directory: String) throws(CoverError) {
        guard !directory.isEmpty, !directory.contains("\0") else {
            throw CoverError(.badRequest, "The directory's name is empty or holds a NUL character.")
        }
        // Only a shell expands `~`, and only at the start of a word.
        guard !directory.hasPrefix("~") else {
            throw CoverError(
                .badRequest,
                "\(directory) begins with ~, which only a shell replaces with a home directory; write the path in full, or ./ before the name."
            )
        }
    }

    /// Checks that a directory for images can be created, and files in it. Callers that wait long for the first image do
    /// this early. A directory that was missing is missing afterwards too.
    package static func prepare(directory: String) throws(CoverError) {
        try check(directory)
        do throws(FileError) {
            let created = try createFolders(directory)
            defer { removeFolders(created) }
            try checkWritable(directory)
        } catch {
            throw .cannotWrite(error, at: directory + "/")
        }
    }

    private func images(of status: CoverStatus) throws(CoverError) -> [String] {
        guard status.images.isEmpty else { return status.images }
        throw .noImages(of: status)
    }

    private func save(
        _ images: [String],
        of taskId: TaskID,
        _ expiry: ImageExpiry,
        _ directory: String,
        _ overwrite: Bool,
        _ progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> [DownloadedFile] {
        let naming = DownloadNaming(directory: directory, taskId: taskId)
        let count = images.count
        let taken = await BlockingWork.disk.run { overwrite ? nil : (1...count).lazy.compactMap(naming.existing).first }
        if let taken { throw isFolder(taken) ? CoverError.isFolder(taken) : CoverError.exists(taken) }
        var finished: [FinishedDownload] = []
        do {
            for (index, url) in images.enumerated() {
                let path = naming.partialPath(image: index + 1, salt: .random(in: 0...(.max)))
                let download = try await fetching(image: index + 1, of: count, progress) { [self] renew in
                    try await fetch(url, to: path, expiry, renew) { received, total in
                        progress(
                            DownloadProgress(
                                image: index + 1,
                                images: count,
                                receivedBytes: received,
                                totalBytes: total
                            )
                        )
                    }
                }
                finished.append(download)
            }
            let downloads = finished
            return try await BlockingWork.disk.run { Self.publish(downloads, naming, overwrite) }.get()
        } catch {
            for download in finished { await download.file.discarded() }
            throw error
        }
    }

    private func fetch(
        _ url: String,
        to path: String,
        _ expiry: ImageExpiry,
        _ renew: () -> Void,
        progress: (Int, Int?) -> Void
    ) async throws -> FinishedDownload {
        var target = url
        for _ in 0..<Self.mostRedirects {
            let (address, request) = try imageRequest(target, isRedirect: target != url)
            var download: ImageDownload
            do throws(FileError) { download = try await ImageDownload(path: path, expiry) } catch {
                throw CoverError.cannotWrite(error, at: path)
            }
            do {
                try await exchange.perform(request) { part in
                    renew()
                    try await download.receive(part)
                    if download.redirect == nil { progress(download.received, download.total) }
                }
                if download.redirect == nil { return try await download.finish(url: url) }
            } catch {
                await download.discard()
                throw (error as? CoverError)?.ofImageHost ?? error
            }
            await download.discard()
            if let redirect = download.redirect { target = address.resolve(redirect) }
        }
        throw CoverError.endlessRedirects
    }

    /// Gives the files their names. The method blocks while the disk works.
    private static func publish(
        _ downloads: [FinishedDownload],
        _ naming: DownloadNaming,
        _ overwrite: Bool
    ) -> Result<[DownloadedFile], CoverError> {
        let paths = downloads.enumerated().map { naming.path(image: $0.offset + 1, $0.element.type) }
        // This check comes before the first file is replaced. A folder is the one thing that a file cannot replace.
        if overwrite, let folder = paths.first(where: isFolder) { return .failure(.isFolder(folder)) }
        var files: [DownloadedFile] = []
        var published: [(file: PartialFile, path: String, isNew: Bool)] = []
        for (path, download) in zip(paths, downloads) {
            let isNew = !fileExists(path)
            do throws(FileError) {
                try download.file.publish(as: path, overwrite: overwrite)
            } catch {
                for entry in published.reversed() { entry.file.withdraw(from: entry.path, isNew: entry.isNew) }
                if error.isExisting { return .failure(.exists(path)) }
                return .failure(isNew ? .cannotWrite(error, at: path) : .cannotReplace(path, error))
            }
            published.append((download.file, path, isNew))
            var file = DownloadedFile(
                url: download.url,
                path: path,
                bytes: download.bytes,
                mediaType: download.type.rawValue,
                sha256: download.sha256
            )
            if let twin = files.first(where: { $0.sha256 == file.sha256 }) {
                file.warnings.append(
                    .init(kind: "equalFiles", message: "The image has the same bytes as \(twin.path).")
                )
            }
            files.append(file)
        }
        downloads.first?.file.keepFolders()
        // The replaced files are no longer needed.
        for download in downloads { download.file.discard() }
        return .success(files)
    }
}

extension CoverError {
    /// The same error for an image host that did not answer or did not answer in HTTP, because the API is not at fault.
    /// The error for an untrusted certificate keeps its kind, so that the operator of the network learns about the
    /// certificate.
    var ofImageHost: CoverError {
        let kinds: [Kind] = [.unreachable, .requestTimeout, .malformedResponse, .rateLimited, .untrustedServer]
        guard kinds.contains(kind) else { return self }
        let place = kind == .malformedResponse ? "It came from" : "It is"
        var error = CoverError(
            kind == .untrustedServer ? kind : .downloadFailed,
            "\(message) \(place) the host of the image, not the API."
        )
        error.retryable = retryable
        error.retryAfter = retryAfter
        error.mostRetries = mostRetries
        return error
    }

    /// The kind is not `fileExists`, because callers answer that kind by allowing the file to be overwritten.
    fileprivate static func isFolder(_ path: String) -> CoverError {
        var error = CoverError(
            .downloadFailed,
            "\(path) is a folder, which an image does not replace; move it, or choose another directory."
        )
        error.retryable = false
        return error
    }

    fileprivate static func cannotReplace(_ path: String, _ cause: FileError) -> CoverError {
        let message = "\(path) cannot be replaced: \(cause.reason). Mend that, or choose another directory."
        var error = CoverError(.downloadFailed, message)
        error.retryable = false
        return error
    }

    fileprivate static func exists(_ path: String) -> CoverError {
        CoverError(
            .fileExists,
            "\(path) exists already; move it, allow it to be overwritten, or choose another directory."
        )
    }
}
