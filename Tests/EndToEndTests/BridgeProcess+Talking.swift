import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes and reads bytes and lines.
extension BridgeProcess {
    /// Writes all bytes. While the child does not read, this method waits.
    func write(_ bytes: some Sequence<UInt8>, within limit: Duration = patience) throws {
        let deadline = ContinuousClock.now + limit
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            guard wait(for: POLLOUT, on: input, until: deadline) else {
                throw Failure(description: "the process does not read: \(rest.count) bytes are left to write")
            }
            // Writes at most as many bytes as the pipe certainly has room for. A blocking write could last longer than
            // the deadline.
            let piece = rest.prefix(Int(PIPE_BUF))
            let count = unsafe piece.withUnsafeBytes { unsafe systemWrite(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "write: errno \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    func write(_ text: String) throws { try write(text.utf8) }

    /// Reads once from the pipe into the buffer.
    ///
    /// - Returns: whether bytes came. False means that the output has ended or that the time is over.
    private func readMore(until deadline: ContinuousClock.Instant) throws -> Bool {
        guard !reachedEnd, wait(for: POLLIN, on: output, until: deadline) else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe systemRead(output, &chunk, chunk.count)
        guard count >= 0 else { throw Failure(description: "read: errno \(errno)") }
        reachedEnd = count == 0
        buffer += chunk.prefix(count)
        return count > 0
    }

    /// The next line without its line feed, or nil at the end of the output.
    func line(within limit: Duration = patience) throws -> String? {
        let deadline = ContinuousClock.now + limit
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            searched = buffer.count
            if try readMore(until: deadline) { continue }
            guard reachedEnd else { throw Failure(description: "no line within \(limit); stderr: \(standardError)") }
            guard buffer.isEmpty else { throw Failure(description: "an unterminated line: \(buffer.count) bytes") }
            return nil
        }
    }

    /// All output until its end.
    func rest(within limit: Duration = patience) throws -> String {
        let deadline = ContinuousClock.now + limit
        while try readMore(until: deadline) {}
        guard reachedEnd else { throw Failure(description: "the output has not ended within \(limit)") }
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    private func wait(for event: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = max(.zero, deadline - .now)
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let milliseconds = Int32(
                clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            )
            let count = unsafe poll(&entry, 1, milliseconds)
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }
}

/// Sends and reads messages, one message per line.
extension BridgeProcess {
    func message(within limit: Duration = patience) throws -> JSONValue? {
        try line(within: limit).map { try JSONValue(parsing: $0) }
    }

    /// Sends a request, and returns its whole response. Notifications that come before the response are kept.
    func call(_ method: String, _ params: String? = nil, id: String = "\"call\"") throws -> JSONValue {
        try send(method, params, id: id)
        return try response(to: id)
    }

    func send(_ method: String, _ params: String? = nil, id: String? = nil) throws {
        let idMember = id.map { #""id":\#($0),"# } ?? ""
        let paramsMember = params.map { #","params":\#($0)"# } ?? ""
        try write(#"{"jsonrpc":"2.0",\#(idMember)"method":"\#(method)"\#(paramsMember)}"# + "\n")
    }

    func response(to id: String, within limit: Duration = patience) throws -> JSONValue {
        while let message = try message(within: limit) {
            if message["method"] != nil {
                notifications.append(message)
            } else if message["id"]?.jsonText == id {
                return message
            } else {
                throw Failure(description: "another response than that to \(id): \(message.jsonText)")
            }
        }
        throw Failure(description: "the output ended before the response to \(id); stderr: \(standardError)")
    }

    /// The parameters of the next notification of this method. Other notifications that come first are kept.
    func notification(_ method: String, within limit: Duration = patience) throws -> JSONValue {
        if let index = notifications.firstIndex(where: { $0["method"]?.string == method }) {
            return try notifications.remove(at: index)["params"] ?? JSONValue(parsing: "null")
        }
        while let message = try message(within: limit) {
            if message["method"]?.string == method { return try message["params"] ?? JSONValue(parsing: "null") }
            notifications.append(message)
        }
        throw Failure(description: "the output ended before \(method)")
    }

    /// Closes the input, and waits for the end of the process.
    ///
    /// - Returns: the output until the end, and the exit code.
    func finish() throws -> (output: String, code: Int32) {
        closeInput()
        let output = try rest()
        return (output, try waitForExit())
    }
}

// The methods above have the same names as these system functions. The constants make the system functions available to
// the methods.
private let systemRead = unsafe read
private let systemWrite = unsafe write
