internal import CPCRE2

/// The memory of one search with a compiled pattern.
@safe struct Search: ~Copyable {
    struct Match {
        /// The first group, or the whole match of a pattern without groups; nil if the group is not part of the match.
        let wanted: Range<Int>?
        let isEmpty: Bool
        let end: Int
    }

    /// The most memory for the places that a search may have to return to, in KiB.
    private static let memory: UInt32 = 65_536

    private let code: OpaquePointer
    private let data: OpaquePointer
    private let context: OpaquePointer

    /// - Returns: nil if the system has no memory.
    @unsafe init?(_ code: OpaquePointer) {
        guard let data = unsafe pcre2_match_data_create_from_pattern_8(code, nil) else { return nil }
        guard let context = unsafe pcre2_match_context_create_8(nil) else {
            unsafe pcre2_match_data_free_8(data)
            return nil
        }
        unsafe (self.code, self.data, self.context) = unsafe (code, data, context)
        _ = unsafe pcre2_set_heap_limit_8(context, Self.memory)
    }

    deinit {
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_match_data_free_8(data)
    }

    /// The first match that begins at an offset or after it; nil if there is none.
    func first(in text: [UInt8], from start: Int, steps: inout Int) throws(SearchLimit) -> Match? {
        let result = unsafe withUnsafeMutablePointer(to: &steps) { steps in
            _ = unsafe pcre2_set_callout_8(context, countStep, steps)
            return unsafe pcre2_match_8(code, text, text.count, start, 0, data, context)
        }
        if result == PCRE2_ERROR_NOMATCH { return nil }
        guard result > 0 else { throw SearchLimit() }
        guard let whole = group(0) else { return nil }
        let hasGroups = unsafe pcre2_get_ovector_count_8(data) > 1
        return Match(wanted: hasGroups ? group(1) : whole, isEmpty: whole.isEmpty, end: whole.upperBound)
    }

    private func group(_ number: Int) -> Range<Int>? {
        guard let places = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        let (start, end) = unsafe (places[2 * number], places[2 * number + 1])
        return start >= 0 && start <= end ? start..<end : nil
    }
}

/// Ends the search if no steps are left. PCRE2 calls this before each step.
private let countStep:
    @convention(c) (UnsafeMutablePointer<pcre2_callout_block_8>?, UnsafeMutableRawPointer?) -> Int32 = {
        _,
        steps in
        guard let steps = unsafe steps?.assumingMemoryBound(to: Int.self) else { return PCRE2_ERROR_CALLOUT }
        guard unsafe steps.pointee > 0 else { return PCRE2_ERROR_CALLOUT }
        unsafe steps.pointee -= 1
        return 0
    }
