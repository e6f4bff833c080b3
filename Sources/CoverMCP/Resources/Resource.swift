import CoverAPI
import CoverModel
import JSONRPC
import Jansson

/// An entry of `resources/list`.
struct Resource: JSONEncodable {
    let address: ResourceAddress
    let name: String
    let type: String?

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uri", address.uri)
            $0.member("name", name)
            if let type { $0.member("mimeType", type) }
        }
    }
}

/// An entry of `resources/templates/list`.
struct Template: JSONEncodable {
    let uri: String
    let name: String
    let description: String
    let type: String?

    static let all = [
        Template(
            uri: ResourceAddress.taskTemplate,
            name: "Cover task",
            description: "How a cover task stands, as the tool status tells it. Subscribe to hear of each change.",
            type: "application/json"
        ),
        Template(
            uri: ResourceAddress.imageTemplate,
            name: "Cover image",
            description: "An image of a succeeded cover task, the first being 1.",
            type: nil
        ),
    ]

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uriTemplate", uri)
            $0.member("name", name)
            $0.member("description", description)
            if let type { $0.member("mimeType", type) }
        }
    }
}

/// What a resource holds, as `resources/read` gives it: text, or the bytes of an image.
struct Contents: JSONEncodable {
    let uri: ResourceURI
    let address: ResourceAddress
    let reply: Reply

    func encode(to writer: inout JSONWriter) {
        let value = try? JSONValue(parsing: reply.result)
        writer.object {
            $0.member("uri", uri)
            if case .image = address {
                for (name, member) in value?.members ?? [] { $0.member(name, member) }
            } else {
                $0.member("mimeType", "application/json")
                $0.member("text", value.map { PortableJSON($0).jsonText } ?? "")
            }
        }
    }
}

/// The members of ``Contents`` that an image has.
struct Blob: JSONEncodable {
    let image: FetchedImage

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("mimeType", image.mediaType)
            $0.member("blob", Base64.text(image.bytes))
        }
    }
}

/// The parameters of `cover/status` for a resource: what a subscriber reads after a change was seen just now.
struct StatusQuery: JSONEncodable {
    let taskId: TaskID

    /// As parameters that were sent.
    var json: JSONValue? { try? JSONValue(parsing: jsonBytes) }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", taskId)
            $0.member("maxAge", 2)
        }
    }
}
