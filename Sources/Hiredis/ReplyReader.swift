internal import CHiredis

/// Reads replies from chunks of bytes. One thread at a time may use it.
@safe package final class ReplyReader {
    /// The bytes are not in the server's protocol. Nothing after them can be read.
    package struct Malformed: Error, Hashable {}

    private var reader: UnsafeMutablePointer<redisReader>?

    package init() { unsafe reader = redisReaderCreate() }

    deinit { unsafe redisReaderFree(reader) }

    /// Reads the next bytes.
    ///
    /// - Returns: the replies that are complete after these bytes.
    /// - Throws: ``Malformed``.
    package func replies(after bytes: [UInt8]) throws(Malformed) -> [Reply] {
        let isFed = unsafe bytes.withUnsafeBytes {
            unsafe redisReaderFeed(reader, $0.baseAddress, $0.count) == REDIS_OK
        }
        guard isFed else { throw Malformed() }
        var replies: [Reply] = []
        while true {
            var object: UnsafeMutableRawPointer?
            guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { throw Malformed() }
            guard let object = unsafe object else { return replies }
            defer { unsafe freeReplyObject(object) }
            unsafe replies.append(Reply(object.assumingMemoryBound(to: redisReply.self).pointee))
        }
    }
}

extension Reply {
    fileprivate init(_ reply: redisReply) {
        let text = unsafe UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : Int(reply.len))
        switch unsafe reply.type {
        case REDIS_REPLY_STRING: self = unsafe .bytes([UInt8](text))
        case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: text, as: UTF8.self))
        case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: text, as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.element, count: Int(reply.elements))
            self = unsafe .array(elements.compactMap { unsafe $0.map { unsafe Reply($0.pointee) } })
        default: self = .null
        }
    }
}
