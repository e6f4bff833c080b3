import CoverLSP
import CoverModel
import Foundation
import Jansson
import SessionRecording
import TestSupport
import Testing

/// Plays the golden session without a process or a network. Tests/lsp plays the same session with the binary.
@Suite(.timeLimit(.minutes(5)))
struct GoldenSessionTests {
    @Test func theTranscriptIsReproduced() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Transcripts")
        let file = folder.appending(path: "lsp-3.17.jsonl").standardizedFileURL
        let transcript = try Transcript(String(contentsOf: file, encoding: .utf8))
        #expect(transcript.steps.count > 30)
        try await LSPRig(source: ScriptedStatusSource(states: [.succeeded])).run { rig in
            var lastSent = ""
            for step in transcript.steps {
                switch step {
                case .send(let text, _):
                    lastSent = text
                    rig.peer.send(text)
                case .expect(let expected), .expectSome(let expected):
                    let line = try #require(await rig.peer.line(), "nothing came after \(lastSent)")
                    let matches = try Transcript.matches(JSONValue(parsing: line), expected, isOpen: true)
                    #expect(matches, "after \(lastSent) came \(line), not \(expected.jsonText)")
                case .end: break
                }
            }
            #expect(await rig.peer.rest().isEmpty)
        }
    }
}
