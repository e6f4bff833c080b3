/// Values under small integer keys. Keys are used again, so that arrays can be indexed by them.
struct Slab<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var free: [Int] = []

    var count: Int { elements.count - free.count }

    /// The keys in use, in no particular order.
    var keys: some Sequence<Int> { elements.indices.lazy.filter { self.elements[$0] != nil } }

    subscript(key: Int) -> Element? {
        // A look at one property does not copy the element, which may be large.
        _read { yield elements[key] }
        _modify { yield &elements[key] }
    }

    mutating func insert(_ element: Element) -> Int {
        guard let key = free.popLast() else {
            elements.append(element)
            return elements.count - 1
        }
        elements[key] = element
        return key
    }

    mutating func remove(_ key: Int) {
        guard elements[key] != nil else { return }
        elements[key] = nil
        free.append(key)
    }
}
