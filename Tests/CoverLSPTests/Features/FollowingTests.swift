import APITestSupport
import CoverAPI
import CoverLSP
import CoverModel
import CoverWatch
import Jansson
import Synchronization
import TestSupport
import Testing

/// Tests what a user sees of the covers that the user follows.
@Suite(.timeLimit(.minutes(5)))
struct FollowingTests {
    private static let id = "5c79be8e9dd84d9c9a66c1e2b6f60e52"
    private static let other = "00000000000000000000000000000001"

    private func hints(_ rig: LSPRig) async throws -> [String] { try await rig.feature("inlayHint").texts("label") }

    @Test func findingIDsAndHoveringCauseNoQuery() async throws {
        let exchange = ScriptedExchange([.silence])
        try await LSPRig(exchange: exchange).run { rig in
            try await rig.introduce()
            rig.open("see \(Self.id) and cover://tasks/a%20b")
            let hover = try await rig.feature("hover", line: 0, character: 10)
            let text = try #require(hover["contents"]?["value"]?.string)
            #expect(text.contains("not followed") && text.contains("Code actions here"))
            #expect(hover["range"]?["start"]?["character"]?.integer == 4)
            #expect(try await rig.feature("hover", line: 0, character: 1).isNull)
            #expect(try await hints(rig) == [])
            #expect(try await rig.feature("documentLink").count == 0)
            let titles = try await rig.feature("codeAction", line: 0, character: 10).texts("title")
            #expect(titles == ["Follow cover \(Self.id)", "Query cover \(Self.id) once"])
            #expect(try await rig.feature("codeAction", line: 0, to: (0, 60)).texts("title") == ["Follow 2 covers"])
            #expect(exchange.requests.isEmpty && rig.source.queries == 0)
        }
    }

    @Test func aFollowedCoverIsShownFromPendingToItsImages() async throws {
        // The test decides when the state changes. Otherwise a loaded machine could miss a state: the clock moves on
        // while the watch is not scheduled.
        let state = Mutex(CoverState.pending)
        let source = ScriptedStatusSource { id, _ in .scripted(id, state.withLock(\.self)) }
        try await LSPRig(source: source).run { rig in
            try await rig.introduce()
            rig.open("\(Self.id)\r\n\(Self.id)")
            #expect(try await rig.execute("follow", Self.id)["result"]?.isNull == true)
            let create = try await rig.notification("window/workDoneProgress/create")
            let begin = try await rig.notification("$/progress")
            #expect(begin["token"]?.string == create["token"]?.string)
            #expect(begin["value"]?["message"]?.string == "0 of 1 cover done")
            #expect(begin["value"]?["cancellable"]?.bool == true)
            _ = try await rig.notification("workspace/inlayHint/refresh")
            while try await hints(rig) != ["pending", "pending"] {}
            state.withLock { $0 = .generating }
            // The watch sleeps until its next query is due, so the test moves the clock.
            while try await hints(rig).filter({ $0.hasPrefix("generating") }).count != 2 {
                rig.clock.advance(by: .seconds(1))
            }
            let hover = try await rig.feature("hover", line: 1)["contents"]
            #expect(hover?["kind"]?.string == "markdown")
            #expect(hover?["value"]?.string?.contains("**generating**") == true)
            state.withLock { $0 = .succeeded }
            while try await hints(rig) != ["✓ 2 images", "✓ 2 images"] { rig.clock.advance(by: .seconds(1)) }
            let message = try await rig.notification("window/showMessage")
            #expect(message["message"]?.string == "Cover \(Self.id) is done: 2 images" && message["type"]?.integer == 3)
            let end = try await rig.notification("$/progress")
            #expect(end["value"]?["kind"]?.string == "end" && end["value"]?["message"]?.string == "1 of 1 cover done")
            let text = try #require(await rig.feature("hover", line: 0)["contents"]?["value"]?.string)
            #expect(text.contains("[Image 1](https://example.com/1.png)") && text.contains("![Image 2]("))
            let links = try await rig.feature("documentLink")
            #expect(
                links.texts("target").count == 4 && links.texts("tooltip").first == "Image 1 of 2 of cover \(Self.id)"
            )
            #expect(links.element(0)?["range"]?["end"]?["character"]?.integer == 16)
            let titles = try await rig.feature("codeAction", line: 0).texts("title").map { $0.prefix(12) }
            #expect(titles == ["Stop followi", "Query cover ", "Download 2 i", "Open 2 image"])
            #expect(try await !rig.waiting().contains("window/showMessage"), "once")
        }
    }

    @Test func aShownDurationIsFetchedAgainEachMinute() async throws {
        let source = ScriptedStatusSource { id, _ in .scripted(id, .generating) }
        try await LSPRig(source: source).run { rig in
            try await rig.introduce(options: #"{"interval":86400}"#)
            rig.open(Self.id)
            _ = try await rig.execute("follow", Self.id)
            while try await hints(rig) != ["generating"] {}
            let start = rig.clock.now
            var shown: [String] = []
            while shown.last != "generating · 3 min" {
                // On a loaded machine the server may still be at work when the test looks. So the clock moves only to
                // the next deadline of the server, and not beyond the next minute before this minute was shown.
                let end = start.advanced(by: .seconds(60 * shown.count + 30))
                while try await !rig.waiting().contains("workspace/inlayHint/refresh") {
                    if let next = rig.clock.nextDeadline, next <= end {
                        rig.clock.advance(by: rig.clock.now.duration(to: next))
                    }
                }
                _ = try await rig.notification("workspace/inlayHint/refresh")
                let label = try #require(await hints(rig).first)
                if shown.last != label { shown.append(label) }
            }
            #expect(shown == ["generating"] + (1...3).map { "generating · \($0) min" })
            #expect(source.queries == 1)
        }
    }

    @Test func aFailedCoverIsAWarningAtItsID() async throws {
        let source = ScriptedStatusSource { id, _ in
            if id == "refused" { throw CoverError(.unauthorized, "The key was refused.") }
            var status = CoverStatus.scripted(id, .failed)
            status.failure = .init(code: 500, message: "no ![x](http://evil/) cover")
            return status
        }
        try await LSPRig(source: source).run { rig in
            try await rig.introduce()
            rig.open("a \(Self.id)\n\(Self.id) cover://tasks/refused")
            _ = try await rig.execute("follow", Self.id)
            let failed = try await rig.notification("textDocument/publishDiagnostics")
            #expect(failed["version"]?.integer == 1)
            #expect(
                failed["diagnostics"]?.texts("message") == Array(repeating: "no ![x](http://evil/) cover", count: 2)
            )
            let text = try #require(await rig.feature("hover", line: 1)["contents"]?["value"]?.string)
            #expect(text.contains(#"no \!\[x\](http://evil/) cover"#), "foreign text shows no picture")
            #expect(try await rig.notification("window/showMessage")["type"]?.integer == 2)
            _ = try await rig.execute("follow", "refused")
            let refused = try await rig.notification("textDocument/publishDiagnostics")
            #expect(refused["diagnostics"]?.texts("code") == ["failed", "failed", "unauthorized"])
            let titles = try await rig.feature("codeAction", line: 0, to: (9, 0)).texts("title")
            #expect(titles == ["Follow cover refused", "Stop following 2 covers"], "its watch ended, its task did not")
            rig.notify(
                "textDocument/didChange",
                #"""
                {"textDocument":{"uri":"\#(LSPRig.uri)","version":2},
                "contentChanges":[{"range":{"start":{"line":0,"character":3},"end":{"line":1,"character":2}},"text":""}]}
                """#
            )
            let edited = try await rig.notification("textDocument/publishDiagnostics")
            #expect(edited["diagnostics"]?.texts("code") == ["unauthorized"], "the ids are gone")
            #expect(edited["version"]?.integer == 2)
            _ = try await rig.execute("unfollow", "refused")
            #expect(try await rig.notification("textDocument/publishDiagnostics")["diagnostics"]?.count == 0)
            _ = try await rig.execute("follow", "refused")
            #expect(try await rig.notification("textDocument/publishDiagnostics")["diagnostics"]?.count == 1)
            // The client closes the document and opens it again at once. Clients drop the diagnostics of a document
            // that they close.
            let uri = #""uri":"\#(LSPRig.uri)""#
            let rest = #""languageId":"markdown","version":7,"text":"cover://tasks/refused""#
            rig.peer.send(
                #"{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{\#(uri)}}}"#,
                #"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{\#(uri),\#(rest)}}}"#
            )
            #expect(try await rig.notification("textDocument/publishDiagnostics")["diagnostics"]?.count == 0)
            let reopened = try await rig.notification("textDocument/publishDiagnostics")
            #expect(reopened["diagnostics"]?.count == 1 && reopened["version"]?.integer == 7)
            rig.notify("textDocument/didClose", #"{"textDocument":{"uri":"\#(LSPRig.uri)"}}"#)
            #expect(try await rig.notification("textDocument/publishDiagnostics")["diagnostics"]?.count == 0)
        }
    }

    @Test func aHoverSaysWhyTheAPIGivesNoStatus() async throws {
        let isReached = Mutex(false)
        let source = ScriptedStatusSource { _, _ in
            guard isReached.withLock(\.self) else {
                throw CoverError(.unreachable, "The API cannot be reached: refused.")
            }
            return .scripted("a", .generating)
        }
        try await LSPRig(source: source).run { rig in
            try await rig.introduce()
            rig.open("cover://tasks/a cover://tasks/b")
            _ = try await rig.execute("follow", "a")
            while try await !rig.waiting().contains("window/logMessage") { rig.clock.advance(by: .seconds(5)) }
            let hover = try await rig.feature("hover", line: 0)["contents"]?["value"]?.string
            #expect(hover?.contains("The API cannot be reached: refused.") == true, "\(hover ?? "-")")
            let other = try await rig.feature("hover", line: 0, character: 20)["contents"]?["value"]?.string
            #expect(other?.contains("reached") == false, "nothing is asked about it")
            isReached.withLock { $0 = true }
            while try await hints(rig).first?.hasPrefix("generating") != true { rig.clock.advance(by: .seconds(30)) }
            let later = try await rig.feature("hover", line: 0)["contents"]?["value"]?.string
            #expect(later?.contains("reached") == false, "the API answers again")
        }
    }

    @Test func cancellingTheProgressStopsFollowing() async throws {
        try await LSPRig().run { rig in
            try await rig.introduce()
            rig.open("\(Self.id) \(Self.other)")
            _ = try await rig.execute("follow", Self.id, Self.other)
            let token = try #require(await rig.notification("window/workDoneProgress/create")["token"]?.string)
            _ = try await rig.notification("$/progress")
            rig.notify("window/workDoneProgress/cancel", #"{"token":"another"}"#)
            #expect(try await hints(rig).count == 2)
            rig.notify("window/workDoneProgress/cancel", #"{"token":"\#(token)"}"#)
            #expect(try await hints(rig) == [])
            #expect(try await rig.notification("$/progress")["value"]?["kind"]?.string == "end")
            #expect(rig.engine.watches().isEmpty)
        }
    }

    @Test func theProgressCountsAcrossCalls() async throws {
        let source = ScriptedStatusSource { id, _ in .scripted(id, id == "b" ? .pending : .succeeded) }
        source.hold()
        try await LSPRig(source: source).run { rig in
            try await rig.introduce()
            _ = try await rig.execute("follow", "a", "b")
            _ = try await rig.notification("window/workDoneProgress/create")
            #expect(try await rig.notification("$/progress")["value"]?["message"]?.string == "0 of 2 covers done")
            _ = try await rig.execute("follow", "c")
            #expect(try await rig.notification("$/progress")["value"]?["message"]?.string == "0 of 3 covers done")
            source.release()
            var report = try await rig.notification("$/progress")["value"]
            while report?["message"]?.string != "2 of 3 covers done" {
                report = try await rig.notification("$/progress")["value"]
            }
            #expect(report?["percentage"]?.integer == 66)
            _ = try await rig.execute("unfollow", "b")
            #expect(try await rig.notification("$/progress")["value"]?["message"]?.string == "2 of 2 covers done")
        }
    }

    @Test func completionOffersTheFollowedIDs() async throws {
        try await LSPRig().run { rig in
            try await rig.introduce()
            _ = try await rig.execute("follow", "a b", "b")
            rig.open("see cover://tasks/a cover://tasks/ tasks/")
            let all = try await rig.feature("completion", line: 0, character: 34)
            #expect(all.texts("label") == ["a b", "b"])
            let typed = try await rig.feature("completion", line: 0, character: 19)
            #expect(typed.texts("textEdit", "newText") == ["a%20b"])
            #expect(typed.element(0)?["textEdit"]?["range"]?["start"]?["character"]?.integer == 18)
            #expect(try await rig.feature("completion", line: 0, character: 41).count == 0)
        }
    }

    @Test func aClientWithoutHintsGetsLenses() async throws {
        let source = ScriptedStatusSource(states: [.succeeded])
        try await LSPRig(source: source).run { rig in
            try await rig.introduce(
                """
                {"workspace":{"codeLens":{"refreshSupport":true}},"window":{"showDocument":{"support":true}},
                "textDocument":{"codeLens":{}}}
                """
            )
            rig.open(Self.id)
            _ = try await rig.execute("follow", Self.id)
            _ = try await rig.notification("workspace/codeLens/refresh")
            var lens: JSONValue?
            repeat {
                lens = try await rig.feature("codeLens").element(0)?["command"]
            } while lens?["title"]?.string == "asking"
            #expect(lens?["title"]?.string == "✓ 2 images" && lens?["command"]?.string == "cover-bridge.open")
        }
    }
}
