/// The reason why a text is no transcript of a session.
package enum TranscriptError: Error {
    /// The line with this number is the first invalid line. Lines are counted from 1.
    case noTranscript(line: Int)
    /// The session sends nothing.
    case nothingSent
}
