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
    /// - Throws: ``Failure`` if standard input cannot be read, for example because the process was started without it.
    static func check() throws(Failure) {
        guard fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE != O_WRONLY else {
            throw Failure(code: .usage, message: fault(EBADF))
        }
    }

    /// - Parameters:
    ///   - content: what standard input gives. To read it for something else, too, would swallow a part of it.
    ///   - files: files that the options name.
    /// - Throws: ``Failure`` if one of the files is standard input.
    static func reserve(for content: String, apartFrom files: [String]) throws(Failure) {
        guard let file = files.first(where: { FileIdentity($0)?.isStandardInput == true }) else { return }
        throw Failure(code: .usage, message: "\(file) is standard input, which gives \(content). Name another file.")
    }

    /// What is wrong, and what to do.
    static func fault(_ code: Int32) -> String {
        "cannot read the input: \(FileError(code: code).reason). Give requests on stdin."
    }
}
