/// Why a text is no transcript of a session.
package enum TranscriptError: Error {
    /// This line is the first invalid one, counted from 1.
    case noTranscript(line: Int)
    /// The session sends nothing.
    case nothingSent
}
