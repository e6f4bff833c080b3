import CoverAPI
import CoverModel
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
            description: "The status of a cover task, as in the tool status. Subscribe to get each change.",
            type: "application/json"
        ),
        Template(
            uri: ResourceAddress.imageTemplate,
            name: "Cover image",
            description: "An image of a succeeded cover task, counted from 1.",
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

/// The content of a resource in `resources/read`: text, or the bytes of an image.
struct Contents: JSONEncodable, Sendable {
    private enum Form { case text, blob }

    private let uri: ResourceURI
    private let type: String
    private let form: Form
    private let content: String

    init(_ uri: ResourceURI, _ value: some JSONEncodable) {
        self.uri = uri
        type = "application/json"
        form = .text
        content = String(decoding: value.portableJSONBytes, as: UTF8.self)
    }

    init(_ uri: ResourceURI, _ image: FetchedImage) {
        self.uri = uri
        type = image.mediaType
        form = .blob
        content = Base64.text(image.bytes)
    }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uri", uri)
            $0.member("mimeType", type)
            $0.member("\(form)", content)
        }
    }
}
