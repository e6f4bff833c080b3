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
    /// - Parameter files: files that the options name. None of them may be standard input, because reading it would
    ///   swallow requests.
    /// - Throws: ``Failure`` if standard input cannot be read, for example because the process was started without it,
    ///   or if it is one of the files.
    static func check(apartFrom files: [String]) throws(Failure) {
        guard fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE != O_WRONLY else {
            throw Failure(code: .usage, message: fault(EBADF))
        }
        guard let file = files.first(where: { FileIdentity($0)?.isStandardInput == true }) else { return }
        throw Failure(code: .usage, message: "\(file) is standard input, which gives the requests. Name another file.")
    }

    /// What is wrong, and what to do.
    static func fault(_ code: Int32) -> String {
        "cannot read the input: \(FileError(code: code).reason). Give requests on stdin."
    }
}
