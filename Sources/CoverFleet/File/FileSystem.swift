#if os(Linux)
    import CLinux
#endif

/// The file system that a file is in.
enum FileSystem {
    /// The kinds of file systems whose locks, shared memory or notifications may not reach all users of a file. They
    /// are network file systems, and FUSE, which may be a network file system. Each key is a magic number of statfs(2),
    /// from linux/magic.h.
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

    /// The name of a file system that processes cannot share; nil if they can.
    static func remoteName(ofKind kind: UInt32) -> String? { remoteKinds[kind] }

    /// The name of the file system of this file or folder, if processes cannot share it; nil if they can.
    static func remoteName(of path: String) -> String? {
        #if os(Linux)
            return remoteName(ofKind: unsafe clinux_file_system(path))
        #else
            return nil
        #endif
    }
}
