/// Why a journal cannot be used. The message says what is wrong, with which file, and what to do next.
package struct JournalError: Error, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Another process uses the journal.
        case inUse
        /// The file is not a journal of cover-bridge.
        case foreign
        /// A later version of cover-bridge wrote the file.
        case tooNew
        case corrupt
        case diskFull
        /// The file or its folder is not writable.
        case readOnly
        /// The file cannot be opened or created for another reason.
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
