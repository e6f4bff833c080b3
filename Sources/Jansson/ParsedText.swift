internal import CJansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A parsed text, and the only owner of its tree. It serves a reader that inspects a text once and then drops it. A
/// value that must live longer becomes a ``JSONValue``, which costs one more allocation.
@safe package struct ParsedText: ~Copyable {
    private let tree: JSONTree.Content

    /// Parses a text whose depth the caller has checked; see
    /// ``JSONValue/init(parsing:maximumDepth:rejectingDuplicates:outsizedNumbers:)``.
    ///
    /// - Throws: ``JSONSyntaxError``.
    package init(
        _ bytes: UnsafeRawBufferPointer,
        rejectingDuplicates: Bool,
        outsizedNumbers: OutsizedNumbers
    ) throws(JSONSyntaxError) {
        let flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | (rejectingDuplicates ? JSON_REJECT_DUPLICATES : 0)
        do throws(JanssonFailure) {
            unsafe tree = try Self.load(bytes, flags)
        } catch {
            guard error.code == json_error_numeric_overflow else { throw JSONSyntaxError(error) }
            let tamed = unsafe OutsizedNumberRewriter.rewrite(bytes, outsizedNumbers)
            do throws(JanssonFailure) {
                unsafe tree = try unsafe tamed.withUnsafeBytesTyped { bytes throws(JanssonFailure) in
                    try unsafe Self.load(bytes, flags)
                }
            } catch {
                // The offset refers to the rewritten text. That text is not shorter where a number was replaced.
                throw JSONSyntaxError(error)
            }
        }
    }

    deinit { unsafe tree.free() }

    /// The value of the text. It is valid while this object lives.
    package var view: JSONView { unsafe JSONView(tree.root) }

    /// The value of the text as an independent value.
    package consuming func value() -> JSONValue {
        let view = view
        return keep(view)
    }

    /// One value of this text as an independent value. The result keeps the whole tree alive.
    package consuming func keep(_ view: JSONView) -> JSONValue {
        let tree = unsafe tree
        discard self
        return unsafe JSONValue(tree: JSONTree(adopting: tree), node: view.node)
    }

    private static func load(_ bytes: UnsafeRawBufferPointer, _ flags: Int32) throws(JanssonFailure) -> JSONTree.Content
    {
        _ = prepared
        var failure = json_error_t()
        // A null buffer would be an invalid argument. An empty text is a text that ends too early.
        guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else {
            throw JanssonFailure(code: json_error_premature_end_of_input, offset: 0)
        }
        // JSON never contains a raw NUL. But jansson ignores a NUL behind a number or a word, because it takes the byte
        // for an empty buffer.
        if let nul = unsafe memchr(start, 0, bytes.count) {
            let offset = unsafe UnsafeRawPointer(nul) - UnsafeRawPointer(start)
            throw JanssonFailure(code: json_error_invalid_syntax, offset: offset)
        }
        var memory: UnsafeMutablePointer<cjansson_chunk>?
        guard let root = unsafe cjansson_parse(start, bytes.count, Int(flags), &failure, &memory) else {
            throw unsafe JanssonFailure(
                code: cjansson_error_code(&failure),
                offset: Int(max(0, failure.position))
            )
        }
        return unsafe JSONTree.Content(root: root, memory: memory)
    }
}

/// An owner of a jansson tree; there may be several. The class is in this file together with everything else that uses
/// an arena: `arena.h` explains why.
///
/// `Sendable` is unchecked because of the pointers. The class is safe: a tree does not change after parsing, and
/// jansson documents its read-only functions as thread-safe.
@safe final class JSONTree: @unchecked Sendable {
    typealias Node = UnsafeMutablePointer<json_t>

    /// A tree and its memory. The owner frees it once.
    @unsafe struct Content {
        let root: Node
        let memory: UnsafeMutablePointer<cjansson_chunk>?

        func free() { unsafe cjansson_release(memory) }
    }

    private let content: Content

    init(adopting content: Content) {
        unsafe self.content = content
    }

    deinit { unsafe content.free() }
}

extension ParsedText {
    /// A value that does not own its tree. It is cheap to pass around, and valid only while its ``ParsedText`` lives.
    @safe package struct JSONView {
        fileprivate let node: JSONTree.Node

        fileprivate init(_ node: JSONTree.Node) { unsafe self.node = node }

        package var kind: JSONValue.Kind { unsafe JSONValue.Kind(node) }

        package var string: String? { unsafe String(jansson: node) }

        /// Whether this is a string equal to an ASCII text.
        package func equals(_ text: StaticString) -> Bool {
            guard kind == .string, let start = unsafe json_string_value(node) else { return false }
            return unsafe UnsafeRawBufferPointer(start: start, count: json_string_length(node)).equals(text)
        }

        /// Calls `body` for each member of an object, in order, with the bytes of its name.
        package func forEachMember(_ body: (_ name: UnsafeRawBufferPointer, _ value: JSONView) -> Void) {
            var iterator = unsafe json_object_iter(node)
            while let position = unsafe iterator {
                if let name = unsafe json_object_iter_key(position), let value = unsafe json_object_iter_value(position)
                {
                    unsafe body(
                        UnsafeRawBufferPointer(start: name, count: json_object_iter_key_len(position)),
                        JSONView(value)
                    )
                }
                unsafe iterator = json_object_iter_next(node, position)
            }
        }

        /// The number of members that an object itself has; 0 for anything else.
        package var memberCount: Int { unsafe json_object_size(node) }

        /// The number of members of this value and everything inside it. It is less than ``JSONScan/nameCount`` if a
        /// name occurs twice in an object.
        package var nameCount: Int {
            switch kind {
            case .object:
                var count = memberCount
                unsafe forEachMember { _, value in count += value.nameCount }
                return count
            case .array:
                return unsafe (0..<json_array_size(node)).reduce(0) { count, index in
                    unsafe count + (json_array_get(node, index).map { unsafe JSONView($0).nameCount } ?? 0)
                }
            default:
                return 0
            }
        }
    }
}

/// Prepares jansson once in a process. jansson would seed its hash function at the first use, without a lock. The
/// preparation here avoids a race between threads.
private let prepared: Void = {
    json_object_seed(0)
    cjansson_use_arenas()
}()

private struct JanssonFailure: Error {
    let code: json_error_code
    let offset: Int
}

extension JSONSyntaxError {
    private static let reasons: [(json_error_code, Reason)] = [
        (json_error_premature_end_of_input, .truncated), (json_error_end_of_input_expected, .trailingText),
        (json_error_invalid_utf8, .invalidUTF8), (json_error_null_byte_in_key, .nulInName),
        (json_error_duplicate_key, .duplicateName), (json_error_stack_overflow, .tooDeep),
        (json_error_out_of_memory, .outOfMemory),
    ]

    fileprivate init(_ failure: JanssonFailure) {
        let reason = Self.reasons.first { $0.0 == failure.code }?.1
        self.init(reason ?? .invalidSyntax, offset: failure.offset)
    }
}
