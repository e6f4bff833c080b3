package import CoverModel
import CoverWatch

extension WatchBoard {
    /// The lines of a live screen: at most `rows` lines of at most `width` columns.
    package func screen(width: Int, rows: Int, now: Timestamp, palette: Palette) -> [String] {
        let footer = footer(now: now).map { palette.render($0.fitted(to: width)) }
        // The heading and the footer take rows, and one row stays free for the cursor.
        let room = max(1, rows - footer.count - 2)
        let shown = places(fitting: room)
        var table = table(of: shown.map { entries[$0] }, now: now, isLive: true, palette.addresses)
        // The width of the first column comes from all tasks. The visible tasks change, but the columns must not move.
        table.columns[0].reserve = min(40, entries.reduce(4) { max($0, $1.taskId.text.displayable.columns) })
        var lines = table.lines(width: width, palette: palette)
        if shown.count < entries.count {
            let hidden = Set(entries.indices).subtracting(shown).map { entries[$0] }
            let words = "… and \(hidden.count) more: \(Self.tally(hidden))"
            lines.append(palette.render([Span(words, .faint)].fitted(to: width)))
        }
        return Array((lines + footer).prefix(max(1, rows - 1)))
    }

    /// The tasks that a screen with this many rows shows.
    package func tasks(fitting rows: Int) -> [TaskID] { places(fitting: rows).map { entries[$0].taskId } }

    /// The positions of the visible tasks, which are chosen by relevance. If not all tasks fit, one row stays free for
    /// a line about the other tasks.
    private func places(fitting room: Int) -> [Int] {
        guard entries.count > room else { return Array(entries.indices) }
        let limit = max(0, room - 1)
        var byRelevance: [Int: [Int]] = [:]
        for index in entries.indices {
            let relevance = entries[index].relevance
            // No more tasks are collected than fit on the screen.
            if byRelevance[relevance, default: []].count < limit { byRelevance[relevance, default: []].append(index) }
        }
        return byRelevance.sorted { $0.key < $1.key }.flatMap(\.value).prefix(limit).sorted()
    }

    /// The table that remains when the watches have ended or were interrupted.
    package func summary(width: Int?, now: Timestamp, palette: Palette) -> [String] {
        var lines: [String] = []
        var entries = entries
        // A download that is still in progress at the end counts as not saved.
        for index in entries.indices { if case .under = entries[index].saving { entries[index].saving = nil } }
        if width != nil {
            var table = table(of: entries, now: now, isLive: false, palette.addresses)
            table.keepsLast = true
            if palette.addresses == .elsewhere { table.notes = entries.map(Self.notes) }
            lines = table.lines(width: width, palette: palette)
        }
        let words = "\(Formatting.count(entries.count, "task", "tasks")): \(Self.tally(entries))"
        lines.append(palette.render([Span(words, .heading)].fitted(to: width ?? .max)))
        return lines
    }

    private func table(
        of entries: [Entry],
        now: Timestamp,
        isLive: Bool,
        _ addresses: CoverStatus.Addresses
    ) -> Table {
        var table = Table(columns: [
            .init(title: "TASK", minimum: 12),
            .init(title: "STATE", reserve: isLive ? 10 : 0),
            .init(title: "ELAPSED", rank: 1, isNumber: true),
            .init(title: "NEXT", reserve: 6, rank: 3, isNumber: true),
            .init(title: "IMAGES", rank: 2, isNumber: true),
            .init(title: "DETAIL", minimum: 16, rank: 4),
        ])
        table.rows = entries.map { entry in
            [
                [Span(entry.taskId.text)],
                [entry.state],
                [Span(Formatting.elapsed(entry.elapsed(at: now)), .faint)],
                [Span(Self.next(entry, now: now), .faint)],
                [Span(entry.status.map { $0.images.isEmpty ? "" : "\($0.images.count)" } ?? "")],
                Self.detail(entry, addresses),
            ]
        }
        if !isLive {
            table.columns.remove(at: 3)
            for row in table.rows.indices { table.rows[row].remove(at: 3) }
        }
        return table
    }

    private static func next(_ entry: Entry, now: Timestamp) -> String {
        if entry.isOver { return "" }
        guard let next = entry.nextCheckAt, now.duration(to: next) >= .seconds(1) else { return "now" }
        return Formatting.elapsed(now.duration(to: next))
    }

    /// The addresses of images that were not saved.
    private static func notes(_ entry: Entry) -> [Table.Cell] {
        if case .done = entry.saving { return [] }
        return (entry.status?.images ?? []).map { [Span($0)] }
    }

    private static func detail(_ entry: Entry, _ addresses: CoverStatus.Addresses) -> [Span] {
        switch entry.saving {
        case .under(_, let pause?): return [Span(pause, .odd)]
        case .under(let part, nil): return [Span(Formatting.bar(part, width: 20), .busy)]
        case .done(let files): return [Span("saved \(Formatting.count(files, "image", "images"))", .good)]
        // If there is no image, the status already shows the reason.
        case .failed where entry.status?.images.isEmpty != true: return [Span("not saved", .bad)]
        case .failed: break
        case nil: break
        }
        if let end = entry.end { return [Span(end.explanation, .bad)] }
        return entry.status?.detail(addresses) ?? []
    }

    /// The number of tasks in each state, such as `2 generating, 1 succeeded`.
    package static func tally(_ entries: [Entry]) -> String {
        var counts: [String: Int] = [:]
        for entry in entries {
            let word = entry.end?.word ?? entry.status?.state.rawValue ?? "not seen yet"
            counts[word, default: 0] += 1
        }
        let order = ["generating", "pending", "unknown", "not seen yet", "succeeded", "failed"]
        func rank(_ word: String) -> (Int, String) { (order.firstIndex(of: word) ?? order.count, word) }
        return counts.sorted { rank($0.key) < rank($1.key) }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private func footer(now: Timestamp) -> [[Span]] {
        var spans = [Span(Self.tally(entries), .heading)]
        let parts = entries.compactMap { entry -> Double? in
            switch entry.saving {
            case .under(let part, _): part
            case .done, .failed: 1
            case nil: nil
            }
        }
        if parts.contains(where: { $0 < 1 }) {
            let part = parts.reduce(0, +) / Double(parts.count)
            spans += [Span("  saving "), Span(Formatting.bar(part, width: 20), .busy)]
        }
        var lines = [spans]
        if health.state != .ok {
            let pause = health.retryAt.map { " Asked again in \(Formatting.elapsed(now.duration(to: $0)))." } ?? ""
            lines.append([Span(health.message + pause, .odd)])
        }
        return lines
    }
}
