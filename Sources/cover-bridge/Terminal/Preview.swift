import CoverAPI

/// Shows the images of a task: in the terminal where it can, else as links, in a pipe as addresses.
struct Preview {
    let client: CoverClient
    let palette: Palette
    let protocolInUse: ImageProtocol?

    init(client: CoverClient, palette: Palette) {
        self.client = client
        self.palette = palette
        protocolInUse = Terminal.output.isInteractive ? ImageProtocol(variable: Environment.variable) : nil
    }

    func show(_ status: CoverStatus) async throws {
        if status.images.isEmpty { return }
        StandardOutput.write(lines: [palette.render(Span(status.taskId, .heading))])
        let pictures = try await pictures(of: status)
        for (index, url) in status.images.enumerated() {
            if index < pictures.count, let picture = pictures[index] { StandardOutput.write(picture + "\n") }
            StandardOutput.write(lines: [palette.render(Span(url, link: url))])
        }
    }

    /// The images as the terminal wants them; nil where one is of a type that it does not take.
    private func pictures(of status: CoverStatus) async throws -> [String?] {
        guard let protocolInUse else { return [] }
        let folder = try ScratchFolder()
        defer { folder.remove() }
        do {
            let files = try await client.download(taskId: status.taskId, into: folder.path)
            return files.map { file in
                InputFile.bytes(of: file.path).flatMap { protocolInUse.text(showing: $0, mediaType: file.mediaType) }
            }
        } catch let error as CoverError {
            // The links are there all the same.
            StandardError.write("cover-bridge: \(error.sentence(about: status.taskId))\n")
            return []
        }
    }
}
