import Foundation
import JSONRPC
import Jansson
import SessionRecording
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TranscriptTests {
    @Test(arguments: ["specification-section-7", "requests-and-errors"])
    func theTranscriptIsReproduced(name: String) async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Transcripts")
        let file = folder.appending(path: "\(name).jsonl").standardizedFileURL
        let transcript = try Transcript(String(contentsOf: file, encoding: .utf8))
        #expect(transcript.steps.count > 20)
        let rig = SessionRig()
        var lastSent = ""
        for step in transcript.steps {
            switch step {
            case .send(let text, _):
                lastSent = text
                rig.client.send(text)
            case .expect(let expected), .expectSome(let expected):
                let line = try #require(await rig.client.line(), "nothing came after \(lastSent.prefix(200))")
                let matches = try Transcript.matches(JSONValue(parsing: line), expected)
                #expect(
                    matches,
                    "after \(lastSent.prefix(200)) came \(line.prefix(300)), not \(expected.jsonText.prefix(300))"
                )
            case .end:
                rig.client.endInput()
                #expect(await rig.client.rest().isEmpty)
            }
        }
    }
}
