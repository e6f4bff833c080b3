#if os(Linux)
    import CLinux
#endif

/// Where a file lies.
enum FileSystem {
    /// The kinds of file systems whose locks, shared memory or news do not reach all that use them: those of networks, and those of
    /// user space, which cannot be distinguished from them. By their magic numbers (statfs(2), linux/magic.h).
    private static let remoteKinds: [UInt32: String] = [
        0x6969: "NFS",
        0x517B: "SMB",
        0xFF53_4D42: "CIFS",
        0xFE53_4D42: "SMB",
        0x0102_1997: "9P",
        0x5346_414F: "AFS",
        0x6B41_4653: "AFS",
        0x00C3_6400: "Ceph",
        0x0BD0_0BD0: "Lustre",
        0x4750_4653: "GPFS",
        0x7461_636F: "OCFS2",
        0x0116_1970: "GFS2",
        0x7375_7245: "Coda",
        0x6573_5546: "FUSE",
    ]

    /// The name of a file system that cannot hold what processes share; nil where it can.
    static func remoteName(ofKind kind: UInt32) -> String? { remoteKinds[kind] }

    /// See ``remoteName(ofKind:)``; of the file system that a file or folder is in.
    static func remoteName(of path: String) -> String? {
        #if os(Linux)
            return remoteName(ofKind: unsafe clinux_file_system(path))
        #else
            return nil
        #endif
    }
}
