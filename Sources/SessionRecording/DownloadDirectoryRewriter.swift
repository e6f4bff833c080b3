import Jansson

/// Redirects the downloads of a recorded session into a folder of the replaying process. A recording may come from a
/// stranger and must not choose where files are written.
package struct DownloadDirectoryRewriter {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// Returns one or more lines of the peer, with another directory in each download. All other bytes are unchanged.
    package func text(of text: String) -> String {
        // The text is split by bytes, because Swift treats CR LF as one character.
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { line in
                let line = String(decoding: line, as: UTF8.self)
                guard let value = try? JSONValue(parsing: line), isDownload(value) else { return line }
                return Rewritten(value: value, directory: directory).jsonText
            }
            .joined(separator: "\n")
    }

    private func isDownload(_ value: JSONValue) -> Bool {
        value["method"]?.string == "cover/download" || (value.elements ?? []).contains(where: isDownload)
    }

    /// A request, or a batch of requests.
    private struct Rewritten: JSONEncodable {
        let value: JSONValue
        let directory: String

        func encode(to writer: inout JSONWriter) {
            if let elements = value.elements {
                return writer.array { writer in
                    for element in elements { writer.element(Rewritten(value: element, directory: directory)) }
                }
            }
            guard value["method"]?.string == "cover/download" else { return writer.value(value) }
            writer.object { writer in
                for (name, value) in value.members ?? [] {
                    if name == "params" {
                        writer.member(name, Parameters(value: value, directory: directory))
                    } else {
                        writer.member(name, value)
                    }
                }
            }
        }
    }

    private struct Parameters: JSONEncodable {
        let value: JSONValue
        let directory: String

        func encode(to writer: inout JSONWriter) {
            if let elements = value.elements {
                writer.array { writer in
                    for (index, element) in elements.enumerated() {
                        if index == 1, element.kind == .string {
                            writer.element(directory)
                        } else {
                            writer.element(element)
                        }
                    }
                }
            } else if let members = value.members {
                writer.object { writer in
                    for (name, value) in members {
                        if name == "directory", value.kind == .string {
                            writer.member(name, directory)
                        } else {
                            writer.member(name, value)
                        }
                    }
                }
            } else {
                writer.value(value)
            }
        }
    }
}
