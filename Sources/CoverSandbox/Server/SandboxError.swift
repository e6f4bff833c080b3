/// The reason why the sandbox could not start.
package struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable {
        private enum Value { case portInUse, invalidPort, notPermitted, cannotListen }
        private let value: Value

        /// Another process listens on the port.
        package static let portInUse = Code(value: .portInUse)
        /// The port is not in 0 to 65,535.
        package static let invalidPort = Code(value: .invalidPort)
        /// The process may not use the port.
        package static let notPermitted = Code(value: .notPermitted)
        /// The address does not belong to this machine, or another error occurred.
        package static let cannotListen = Code(value: .cannotListen)
    }

    package let code: Code
    /// What failed, where, and what to do next.
    package let message: String

    package var description: String { message }
}
