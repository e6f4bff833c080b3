import Hiredis
import Testing

@Suite struct HiredisTests {
    @Test(
        arguments: [
            ("+OK\r\n", .status("OK")), ("-ERR no\r\n", .error("ERR no")), (":-7\r\n", .integer(-7)),
            ("$-1\r\n", .null),
            ("$4\r\na\r\n\u{0}\r\n", .bytes([0x61, 0x0D, 0x0A, 0])), ("$0\r\n\r\n", .bytes([])), ("*-1\r\n", .null),
            ("*0\r\n", .array([])), ("*2\r\n:1\r\n*1\r\n$1\r\nb\r\n", .array([.integer(1), .array([.bytes([0x62])])])),
        ] as [(String, Reply)]
    )
    func repliesAreReadInAnyChunks(_ wire: String, _ reply: Reply) throws {
        let bytes = Array(wire.utf8)
        #expect(try ReplyReader().replies(after: bytes + bytes) == [reply, reply])
        let reader = ReplyReader()
        var replies: [Reply] = []
        for byte in bytes { replies += try reader.replies(after: [byte]) }
        #expect(replies == [reply])
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "\u{15}\u{3}\u{3}", ":x\r\n", "*1\r\n+a\r\n?"])
    func invalidRepliesAreMalformed(_ wire: String) {
        #expect(throws: ReplyReader.Malformed.self) { try ReplyReader().replies(after: Array(wire.utf8)) }
    }

    @Test func aCommandIsAnArrayOfItsWords() {
        #expect(Command("PING").bytes == Array("*1\r\n$4\r\nPING\r\n".utf8))
        let words: [[UInt8]] = [Array("SET".utf8), [0, 0xFF, 0x0D], []]
        let wire = Array("*3\r\n$3\r\nSET\r\n$3\r\n".utf8) + [0, 0xFF, 0x0D] + Array("\r\n$0\r\n\r\n".utf8)
        #expect(Command(words).bytes == wire)
    }
}
