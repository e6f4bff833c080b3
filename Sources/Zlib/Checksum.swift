internal import CZlib

/// The CRC-32 of some bytes, as used in PNG chunks and gzip members.
package func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
}
