import CoverTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Terminal {
    static var output: Terminal { Terminal(STDOUT_FILENO, variable: Environment.variable) }
    static var errors: Terminal { Terminal(STDERR_FILENO, variable: Environment.variable) }
}
