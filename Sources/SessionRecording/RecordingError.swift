/// The reason why a session cannot be recorded: what is wrong, with which file, and what to do next.
package struct RecordingError: Error {
    package let message: String
}
