/// Why a text is no transcript of a session.
package enum TranscriptError: Error {
    /// The first line, from 1, that is none.
    case noTranscript(line: Int)
    /// Nothing was sent in the session.
    case nothingSent
}
