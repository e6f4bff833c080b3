import CoverModel
import Testing

@testable import cover_bridge

/// Tests what the text of an error advises the user to do next.
struct AdviceTests {
    private static let refusal = CoverError(
        .malformedResponse,
        "This is not the API: a web page came.",
        httpStatus: 401
    )

    @Test(arguments: [
        (
            CoverError(.unauthorized, "no", httpStatus: 401, apiCode: 401),
            "Check the key in --api-key-file or KIE_API_KEY."
        ),
        (
            CoverError(.unauthorized, "no", httpStatus: 401, apiMessage: "m"),
            "Check the key in --api-key-file or KIE_API_KEY."
        ),
        // The key may be correct, because another server has answered in the API's place.
        (refusal.afterForeignRefusals, "\"cover-bridge doctor\" shows how far the way there works."),
        (
            CoverError(.unauthorized, "no", httpStatus: 407, apiCode: 407, apiMessage: "m"),
            "\"cover-bridge doctor\" shows how far the way there works."
        ),
        (
            CoverError(.taskNotFound, "no", httpStatus: 410),
            "\"cover-bridge doctor\" shows how far the way there works."
        ),
        (
            CoverError(.taskNotFound, "no", httpStatus: 200, apiCode: 422),
            "Check the id; the API keeps records for two months."
        ),
        (CoverError(.taskNotFound, "no"), "Check the id; the API keeps records for two months."),
    ])
    func fits(_ error: CoverError, _ advice: String) {
        let sentence = error.sentence(about: "t")
        #expect(sentence.hasSuffix(advice), "\(sentence)")
    }

    @Test(arguments: [
        ("a,b", "The id looks like several; give each by itself, without commas."),
        ("# my tasks", "The id looks like a comment; leave it out."),
        (";", "The id ends in a sign that may belong to a sentence; leave it out."),
    ])
    func theErrorForATextThatIsNoIDHasAHint(_ text: TaskID, _ hint: String) {
        let error = CoverError(.taskNotFound, "No.", httpStatus: 200, apiCode: 422).about(text)
        #expect(error.sentence(about: text) == "\(text): No. \(hint)")
    }
}
