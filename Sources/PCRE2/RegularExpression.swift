internal import CPCRE2

/// A regular expression in the syntax of Perl, for texts in UTF-8.
///
/// Every search has a limit of steps. Without a limit, some patterns need a time that doubles with each character of
/// the text, as `(a+)+b` does.
///
/// `Sendable` is unchecked because of the pointer. The class is safe: PCRE2 does not change the compiled pattern after
/// `init`, and each search has memory of its own (pcre2api, "Multithreading").
@safe package final class RegularExpression: @unchecked Sendable {
    private let code: OpaquePointer

    /// - Throws: ``PatternFault`` if the pattern is not a regular expression.
    package init(_ pattern: String) throws(PatternFault) {
        let bytes = Array(pattern.utf8)
        // Letters and digits are those of Unicode. A callout before each part of the pattern counts the steps.
        let options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT
        var (number, offset) = (Int32(), 0)
        guard let compiled = unsafe pcre2_compile_8(bytes, bytes.count, options, &number, &offset, nil) else {
            throw PatternFault(number, offset: offset)
        }
        unsafe code = compiled
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Finds all matches in a text. They do not overlap.
    ///
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - steps: how many steps the whole search may take. The search reduces it by the steps that it took. A step is
    ///     the attempt to match one part of the pattern at one place.
    /// - Returns: for each match, the range in bytes of its first group. If the pattern has no groups, it is the range
    ///   of the whole match. A match without its first group is left out.
    /// - Throws: ``SearchLimit`` if the steps or the memory of the search are used up, or the text is not UTF-8.
    package func matches(in text: [UInt8], steps: inout Int) throws(SearchLimit) -> [Range<Int>] {
        guard let search = unsafe Search(code) else { throw SearchLimit() }
        var found: [Range<Int>] = []
        var start = 0
        while start <= text.count, let match = try search.first(in: text, from: start, steps: &steps) {
            if let range = match.wanted { found.append(range) }
            start = match.end
            guard match.isEmpty else { continue }
            // After an empty match, the search continues behind the next character.
            repeat { start += 1 } while start < text.count && text[start] & 0xC0 == 0x80
        }
        return found
    }
}

/// A search ended without a result, because its steps or its memory are used up.
package struct SearchLimit: Error {}

/// The fault of a text that is not a regular expression.
package struct PatternFault: Error {
    /// The fault in a few words of PCRE2, such as `missing closing parenthesis`.
    package let message: String
    /// The place of the fault, in bytes from the start of the pattern.
    package let offset: Int

    fileprivate init(_ number: Int32, offset: Int) {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = unsafe pcre2_get_error_message_8(number, &buffer, buffer.count)
        message = String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
        self.offset = offset
    }
}
