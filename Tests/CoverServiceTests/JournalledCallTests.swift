import CoverModel
import CoverWatch
import Jansson
import TestSupport
import Testing

/// A call about watches is answered only after the journal has stored what the answer says. This is also true for an
/// error. If the process is killed after the answer, the next process starts in the state that the answer describes.
@Suite(.timeLimit(.minutes(5)))
struct JournalledCallTests {
    private let journal = UnsteadyJournal(UnsteadyJournal.Disk())

    private func rig() throws -> ServiceRig { try ServiceRig(journal: journal) }

    private func cancel(_ rig: ServiceRig) { rig.send("$/cancelRequest", #"{"id":"call"}"#) }

    /// Checks that other calls are answered while this call has no answer yet.
    private func expectNoAnswer(_ rig: ServiceRig) async throws {
        rig.send("ping", id: #""other""#)
        #expect(try await rig.message()["id"]?.string == "other")
    }

    private func complete() async {
        await journal.commitIsUnderWay()
        journal.complete()
    }

    @Test func `a watch that is cancelled in its commit is gone when that is answered`() async throws {
        try await rig().run { rig in
            rig.send("cover/watch", #"[["t-1","t-2"]]"#, id: #""call""#)
            await journal.commitIsUnderWay()
            cancel(rig)
            try await expectNoAnswer(rig)
            await complete()
            #expect(journal.disk.watches.count == 2)
            await journal.commitIsUnderWay()
            try await expectNoAnswer(rig)
            await complete()
            #expect(try await rig.message()["error"]?["code"]?.integer == -32_800)
            #expect(journal.disk.watches.isEmpty)
            #expect(rig.engine.watches().isEmpty)
        }
    }

    @Test func `the terms of a watch that stood are back when the call is answered`() async throws {
        try await rig().run { rig in
            rig.send("cover/watch", #"[["t-1"],60]"#, id: #""first""#)
            await complete()
            #expect(try await rig.message()["id"]?.string == "first")
            await complete()
            #expect(try await rig.message()["method"]?.string == "cover/statusChanged")
            rig.send("cover/watch", #"[["t-1"],5]"#, id: #""call""#)
            await journal.commitIsUnderWay()
            cancel(rig)
            try await expectNoAnswer(rig)
            await complete()
            #expect(journal.disk.watches["t-1"]?.interval == .seconds(5))
            await complete()
            #expect(try await rig.message()["error"]?["code"]?.integer == -32_800)
            #expect(journal.disk.watches["t-1"]?.interval == .seconds(60))
        }
    }

    @Test func `an unwatch that is cancelled is done when that is answered`() async throws {
        try await rig().run { rig in
            rig.send("cover/watch", #"[["t-1"],60]"#, id: #""first""#)
            await complete()
            #expect(try await rig.message()["id"]?.string == "first")
            await complete()
            #expect(try await rig.message()["method"]?.string == "cover/statusChanged")
            rig.send("cover/unwatch", #"[["t-1"]]"#, id: #""call""#)
            await journal.commitIsUnderWay()
            cancel(rig)
            try await expectNoAnswer(rig)
            #expect(journal.disk.watches.count == 1)
            await complete()
            #expect(try await rig.message()["error"]?["code"]?.integer == -32_800)
            #expect(journal.disk.watches.isEmpty)
        }
    }

    @Test func `a watch that the end overtakes in its commit is gone when that is answered`() async throws {
        try await rig().run { rig in
            rig.send("cover/watch", #"[["t-1"]]"#, id: #""call""#)
            rig.send("cover/sync", id: #""other""#)
            await journal.commitIsUnderWay()
            rig.send("exit")
            #expect(try await rig.message()["id"]?.string == "other")
            await complete()
            await complete()
            let error = try await rig.message()["error"]
            #expect(error?["data"]?["kind"]?.string == "shuttingDown")
            #expect(journal.disk.watches.isEmpty)
        }
    }

    /// If the disk accepts no data, the journal cannot undo the call. So the answer is an error, and does not say that
    /// the call was cancelled.
    @Test func `a take-back that the journal refuses is no cancelled call`() async throws {
        await #expect(throws: JournalError.self) {
            try await rig().run { rig in
                rig.send("cover/watch", #"[["t-1"]]"#, id: #""call""#)
                await journal.commitIsUnderWay()
                cancel(rig)
                try await expectNoAnswer(rig)
                await complete()
                await journal.commitIsUnderWay()
                journal.fail()
                let error = try await rig.message()["error"]
                #expect(error?["data"]?["kind"]?.string == "internalError")
            }
        }
    }
}
