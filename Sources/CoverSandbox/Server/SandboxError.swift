/// Why the sandbox could not be started.
package struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable {
        private enum Value { case portInUse, invalidPort, notPermitted, cannotListen }
        private let value: Value

        /// Another process listens on the port.
        package static let portInUse = Code(value: .portInUse)
        /// The port is not in 0 to 65,535.
        package static let invalidPort = Code(value: .invalidPort)
        /// The port needs rights that this process does not have.
        package static let notPermitted = Code(value: .notPermitted)
        /// The address is none of this machine's, or anything else.
        package static let cannotListen = Code(value: .cannotListen)
    }

    package let code: Code
    /// What failed, where, and what to do next.
    package let message: String

    package var description: String { message }
}
