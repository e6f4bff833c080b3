import CoverAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard input of the serving commands.
enum StandardInput {
    /// - Throws: ``Failure`` if it cannot be read, for example because the process was started without it.
    static func check() throws(Failure) {
        guard fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE == O_WRONLY else { return }
        throw Failure(code: .usage, message: fault(EBADF))
    }

    /// What is wrong, and what to do.
    static func fault(_ code: Int32) -> String {
        "cannot read the input: \(FileError(code: code).reason). Give requests on stdin."
    }
}
