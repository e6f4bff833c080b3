import CoverModel
import CoverWatch
import Foundation
import SQLite
import TestSupport

@testable import CoverJournal

/// A temporary folder for one test. The folder is removed when this value is freed.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cover-journal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func journal(_ name: String = "journal", timeline: Timeline = ManualClock().timeline()) throws -> SQLiteJournal {
        try SQLiteJournal(path: file(name), timeline: timeline)
    }

    /// A connection to the file, as another tool would open it.
    func connection(_ name: String) throws -> Connection { try Connection(path: file(name), busyLimit: .zero) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
    }

    /// The journal as the next process finds it, opened as a copy: the first one has its lock as long as it exists.
    func reopened() throws -> SQLiteJournal {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file("journal" + suffix)) {
            try FileManager.default.copyItem(atPath: file("journal" + suffix), toPath: file("later" + suffix))
        }
        return try journal("later")
    }

    /// Cuts a file as another program would do it.
    func cut(_ name: String, to size: Int) throws {
        guard unsafe truncate(file(name), size) == 0 else { throw POSIXError(.EIO) }
    }

    /// Copies the file and its log. The copy looks like the files of a killed process, because SQLite has not closed
    /// them.
    func copy(_ name: String, to copy: String) throws {
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: file(name + suffix), toPath: file(copy + suffix))
        }
    }
}

extension JournalOperation {
    static func changed(_ sequence: Int64, _ taskId: TaskID, _ state: CoverState) -> Self {
        let status = CoverStatus.scripted(taskId, state)
        let change = StatusChange(
            sequence: sequence,
            taskId: taskId,
            previous: nil,
            status: status,
            final: status.final
        )
        return .append(EncodedEntry(.changed(change)))
    }

    static func ended(_ sequence: Int64, _ taskId: TaskID, _ error: CoverError) -> Self {
        .append(
            EncodedEntry(
                .ended(WatchEnded(sequence: sequence, taskId: taskId, reason: error.kind.rawValue, error: error))
            )
        )
    }

    static func watched(_ taskId: TaskID, deadline: Timestamp? = nil) -> Self {
        .store(
            WatchRecord(
                taskId: taskId,
                interval: .milliseconds(2500),
                startedAt: Timestamp(milliseconds: 1_736_937_181_000),
                deadline: deadline
            )
        )
    }
}
