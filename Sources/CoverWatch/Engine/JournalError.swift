/// Why a journal cannot be used. The message says what is wrong, with which file, and what to do next.
package struct JournalError: Error, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Another process has the file open.
        case inUse
        /// The file is not a journal of ours.
        case foreign
        /// The file was written by a later version.
        case tooNew
        case corrupt
        case diskFull
        /// The file, or its folder, may not be written.
        case readOnly
        /// The file cannot be opened or made for another reason.
        case unavailable
        case failed
    }

    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension JournalError: CustomStringConvertible {
    package var description: String { message }
}
