package import CoverModel

/// A table of the states of tasks. Each task is one line.
package struct StatusTable {
    package var statuses: [CoverStatus]
    /// The present time, which ends the elapsed time of unfinished tasks.
    package var now: Timestamp

    package init(statuses: [CoverStatus], now: Timestamp) {
        self.statuses = statuses
        self.now = now
    }

    /// - Parameter width: the width in columns; nil for pipes. For pipes, the addresses of images are not cut.
    package func lines(width: Int?, palette: Palette) -> [String] {
        var table = Table(columns: [
            .init(title: "TASK", minimum: 12),
            .init(title: "STATE"),
            .init(title: "ELAPSED", rank: 1, isNumber: true),
            .init(title: "IMAGES", rank: 2, isNumber: true),
            .init(title: "DETAIL", minimum: 16, rank: 3),
        ])
        let addresses = width == nil ? CoverStatus.Addresses.inFull : palette.addresses
        table.keepsLast = true
        table.notes = statuses.map { addresses == .elsewhere ? $0.images.map { [Span($0)] } : [] }
        table.rows = statuses.map { status in
            [
                [Span(status.taskId.text)],
                [Span(status.state)],
                [Span(status.elapsed(at: now).map(Formatting.elapsed) ?? "", .faint)],
                [Span(status.images.isEmpty ? "" : "\(status.images.count)")],
                status.detail(addresses),
            ]
        }
        return table.lines(width: width, palette: palette)
    }
}

extension CoverStatus {
    /// The time from the creation of the task to its end, or to `now` if it runs; nil if the API does not report when
    /// it was created.
    package func elapsed(at now: Timestamp) -> Duration? {
        createdAt.map { $0.duration(to: completedAt ?? now) }
    }

    /// How a row shows the addresses of images.
    package enum Addresses {
        case inFull, asLinks
        /// The addresses are not in the row but below it, if there is room.
        case elsewhere
    }

    /// The reason of a failure, the addresses of images, or a remark about a status that is odd.
    package func detail(_ addresses: Addresses) -> [Span] {
        if let failure { return [Span(failure.message, .bad)] }
        if images.isEmpty, let imageFault { return [Span(imageFault, .odd)] }
        if addresses == .inFull { return [Span(images.joined(separator: " "))] }
        if images.isEmpty { return warnings.first.map { [Span($0.message, .odd)] } ?? [] }
        if addresses == .elsewhere { return [] }
        let links = images.enumerated().map { Span.link(image: $0.offset + 1, $0.element) }
        return Array(links.map { [$0] }.joined(separator: [Span(" ")]))
    }
}

extension Palette {
    /// The way in which a row on a screen shows the addresses of images.
    package var addresses: CoverStatus.Addresses { hasLinks ? .asLinks : .elsewhere }
}
