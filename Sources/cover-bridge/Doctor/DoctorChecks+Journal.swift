import CoverJournal
import CoverModel
import CoverTerminal
import CoverWatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension DoctorChecks {
    /// Checks the content of the journal. The journal is read but not changed.
    static func journal(_ path: String?, _ timeline: Timeline) -> CheckResult {
        guard let path else { return .ok("journal", "in memory (no --journal)") }
        do {
            try SQLiteJournal.check(name: path)
            if unsafe access(path, F_OK) != 0, errno == ENOENT { return missing(path) }
            let scratch = try ScratchFolder()
            defer { scratch.remove() }
            let found = try JournalInspection(of: path, copyInto: scratch.path, timeline: timeline)
            let watches = Formatting.count(found.openWatches, "open watch", "open watches")
            let words = "\(watches), last change \(found.lastSequence)"
            return .ok("journal", "\(path): \(words)")
        } catch let error as JournalError where error.kind == .inUse {
            return .warning("journal", error.message, next: "Nothing is wrong if that is meant to run.")
        } catch {
            return .failed(
                "journal",
                (error as? JournalError)?.message ?? (error as? Failure)?.message ?? "\(path) cannot be used.",
                .journal
            )
        }
    }

    private static func missing(_ path: String) -> CheckResult {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        if unsafe access(folder, W_OK) == 0 { return .ok("journal", "\(path) does not exist yet; it will be created") }
        return .failed(
            "journal",
            "\(path) cannot be created.",
            next: "Create its folder, or name a writable one.",
            .journal
        )
    }
}
