import CoverAPI
import CoverModel
import CoverTerminal

/// Shows the images of tasks: in the terminal if it supports images, otherwise as links, and in a pipe as URLs.
struct Preview {
    let client: CoverClient
    let palette: Palette

    func show(_ statuses: [CoverStatus]) async throws {
        let statuses = statuses.filter { !$0.images.isEmpty }
        if statuses.isEmpty { return }
        let protocolInUse = ImageProtocol.understood(by: .output)
        for status in statuses {
            StandardOutput.write(lines: [palette.render(Span(status.taskId.text, .heading))])
            for (index, url) in status.images.enumerated() {
                try Task.checkCancellation()
                if let protocolInUse, let image = try await image(index + 1, of: status.taskId),
                    let picture = protocolInUse.text(showing: image.bytes, mediaType: image.mediaType)
                {
                    StandardOutput.write(picture + "\n")
                }
                StandardOutput.write(lines: [palette.render(Span(url, link: url))])
            }
        }
    }

    /// - Returns: the image; nil if it cannot be fetched. In that case, the link to the image is printed nevertheless.
    private func image(_ number: Int, of taskId: TaskID) async throws -> FetchedImage? {
        do {
            return try await client.image(number, of: taskId) { StandardError.write(pauseOf: $0, taskId) }
        } catch let error as CoverError {
            StandardError.write("cover-bridge: \(error.sentence(about: taskId))\n")
            return nil
        }
    }
}
