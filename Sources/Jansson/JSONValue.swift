internal import CJansson

/// One value of a parsed JSON text. It refers into the tree that jansson built. The tree lives as long as any value
/// that refers to it.
///
/// Trees never change after parsing. Reading allocates only the strings that are asked for.
///
/// `Sendable` is unchecked because of the pointer. The type is safe: `tree` keeps the tree alive, and the tree is
/// immutable.
@safe public struct JSONValue: @unchecked Sendable {
    /// The kinds of JSON values. A number is an `integer` if it is written without fraction and exponent.
    public enum Kind: String, Sendable {
        case object, array, string, integer, real, bool, null
    }

    private let tree: JSONTree
    private let node: JSONTree.Node

    init(tree: JSONTree, node: JSONTree.Node) {
        self.tree = tree
        unsafe self.node = node
    }

    /// The kind of this value.
    public var kind: Kind { unsafe Kind(node) }

    /// Whether this value is `null`.
    public var isNull: Bool { kind == .null }

    /// The text of a string, NUL characters included; nil for anything else.
    public var string: String? { unsafe String(jansson: node) }

    /// The first byte of a non-empty string, read without a copy; nil for anything else.
    package var firstByte: UInt8? {
        guard kind == .string, unsafe json_string_length(node) > 0, let text = unsafe json_string_value(node) else {
            return nil
        }
        return unsafe UInt8(bitPattern: text.pointee)
    }

    /// The value of a number written without fraction and exponent; nil for anything else.
    public var integer: Int64? {
        kind == .integer ? unsafe json_integer_value(node) : nil
    }

    /// The value of any number; nil for anything else.
    public var number: Double? {
        switch kind {
        case .integer: unsafe Double(json_integer_value(node))
        case .real: unsafe json_real_value(node)
        default: nil
        }
    }

    /// The value of `true` or `false`; nil for anything else.
    public var bool: Bool? {
        switch unsafe cjansson_typeof(node) {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }

    /// The member of an object with this name; nil if there is none, or if this is no object.
    public subscript(name: String) -> JSONValue? {
        var name = name
        return name.withUTF8 { name in
            unsafe name.withMemoryRebound(to: CChar.self) { name in
                guard let start = name.baseAddress, let member = unsafe json_object_getn(node, start, name.count)
                else { return nil }
                return unsafe JSONValue(tree: tree, node: member)
            }
        }
    }

    /// The elements of an array in order; nil if this is no array.
    public var elements: [JSONValue]? {
        guard kind == .array else { return nil }
        return unsafe (0..<json_array_size(node)).compactMap { index in
            guard let element = unsafe json_array_get(node, index) else { return nil }
            return unsafe JSONValue(tree: tree, node: element)
        }
    }

    /// The element at this index; nil if there is none, or if this is no array.
    public func element(_ index: Int) -> JSONValue? {
        guard index >= 0, let element = unsafe json_array_get(node, index) else { return nil }
        return unsafe JSONValue(tree: tree, node: element)
    }

    /// The members of an object in the order of the text; nil if this is no object.
    public var members: [(name: String, value: JSONValue)]? {
        guard kind == .object else { return nil }
        var members: [(name: String, value: JSONValue)] = []
        unsafe members.reserveCapacity(json_object_size(node))
        var iterator = unsafe json_object_iter(node)
        while let position = unsafe iterator {
            if let name = unsafe json_object_iter_key(position), let value = unsafe json_object_iter_value(position) {
                let name = unsafe String(utf8: name, count: json_object_iter_key_len(position))
                unsafe members.append((name, JSONValue(tree: tree, node: value)))
            }
            unsafe iterator = json_object_iter_next(node, position)
        }
        return members
    }

    /// The number of elements or members; 0 for a scalar.
    public var count: Int {
        switch kind {
        case .array: unsafe json_array_size(node)
        case .object: unsafe json_object_size(node)
        default: 0
        }
    }
}

extension JSONValue.Kind {
    init(_ node: JSONTree.Node) {
        switch unsafe cjansson_typeof(node) {
        case JSON_OBJECT: self = .object
        case JSON_ARRAY: self = .array
        case JSON_STRING: self = .string
        case JSON_INTEGER: self = .integer
        case JSON_REAL: self = .real
        case JSON_TRUE, JSON_FALSE: self = .bool
        default: self = .null
        }
    }
}

extension String {
    /// The text of a string; nil for anything else.
    init?(jansson node: JSONTree.Node) {
        guard unsafe cjansson_typeof(node) == JSON_STRING, let text = unsafe json_string_value(node) else { return nil }
        self = unsafe String(utf8: text, count: json_string_length(node))
    }

    fileprivate init(utf8 start: UnsafePointer<CChar>, count: Int) {
        self = unsafe UnsafeBufferPointer(start: start, count: count).withMemoryRebound(to: UInt8.self) {
            unsafe String(decoding: $0, as: UTF8.self)
        }
    }
}
