/// The forms in which a secret may appear, as bytes in lower case. The letter case of a searched text does not matter.
struct SecretForms: Sendable, Hashable {
    private let forms: [[UInt8]]
    /// For each byte, whether a form begins with it, in either letter case. The search reads this for each byte of each
    /// answer.
    private let isFirst: [Bool]

    /// - Parameter forms: the forms; letters are in lower case.
    init(_ forms: [[UInt8]]) {
        self.forms = forms
        var isFirst = [Bool](repeating: false, count: 256)
        for form in forms {
            guard let byte = form.first else { continue }
            isFirst[Int(byte)] = true
            isFirst[Int(byte.uppercased)] = true
        }
        self.isFirst = isFirst
    }

    var isEmpty: Bool { forms.isEmpty }

    /// The same forms without one layer of escapes. Forms that are shorter afterwards than `shortest` are left out.
    func unescaped(atLeast shortest: Int) -> SecretForms {
        SecretForms(forms.map { UnescapedText.undoing($0).map(\.lowercased) }.filter { $0.count >= shortest })
    }

    /// Where the forms are in a text. The ranges do not overlap.
    func places(in bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            if isFirst[Int(bytes[index])], let form = forms.first(where: { stands($0, in: bytes, at: index) }) {
                places.append(index..<index + form.count)
                index += form.count
            } else {
                index += 1
            }
        }
        return places
    }

    private func stands(_ form: [UInt8], in bytes: [UInt8], at index: Int) -> Bool {
        index + form.count <= bytes.count && zip(form, bytes[index...]).allSatisfy { $0 == $1.lowercased }
    }
}

extension UInt8 {
    /// The lower case of an ASCII letter; any other byte unchanged.
    var lowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }

    /// The upper case of an ASCII letter; any other byte unchanged.
    var uppercased: UInt8 { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self ? self & ~0x20 : self }
}
