import Jansson
import Testing

@testable import CoverSandbox

@Suite struct CallbackTests {
    @Test(
        arguments: [
            ("music", .signed, "success-6s-"), ("success-8s-a", .signed, "success-8s-"),
            ("fail-0.5s", .signed, "fail-0.5s-"),
            ("fail-soon", .signed, "fail-"), ("early-success-8s-a", .early, "success-8s-"),
            ("forged", .forged, "success-6s-"),
            ("stale-fail-2s-x", .stale, "fail-2s-"), ("twice-x", .twice, "success-6s-"),
            ("never-never", .never, "success-6s-"),
            ("", .signed, "success-6s-"), ("-early", .signed, "success-6s-"), ("pending-9s", .signed, "pending-9s-"),
        ] as [(String, CoverOrder.Announcement, String)]
    )
    func theMusicTasksIDSelectsTheCallback(id: String, announcement: CoverOrder.Announcement, scenario: String) {
        let order = CoverOrder(musicTaskID: id)
        #expect(order.announcement == announcement)
        #expect(order.taskID == scenario + StableHash.text(id))
    }

    @Test(
        arguments: [
            ("success-8s", .seconds(8)), ("early-success-8s", .seconds(4)), ("late-3s", .seconds(5)), ("never", nil),
            ("pending", nil), ("slow-9s", .zero),
        ] as [(String, Duration?)]
    )
    func theCallbackIsSentAtTheEndOrHalfWay(id: String, delay: Duration?) {
        #expect(CoverOrder(musicTaskID: id).sentAfter == delay)
    }

    private func callback(_ announcement: CoverOrder.Announcement, images: [String]? = ["a"]) -> Callback {
        Callback(taskID: "task-1", images: images, address: "http://127.0.0.1/", announcement: announcement)
    }

    /// The expected signature comes from `openssl dgst -sha256 -hmac`.
    @Test func theCallbackIsSignedAsTheVendorSays() {
        let key = Array("secret-webhook-key-1".utf8)
        let headers = callback(.signed).signature(key: key, now: 1_700_000_000)
        #expect(headers.map(\.name) == ["X-Webhook-Timestamp", "X-Webhook-Signature"])
        #expect(headers.map(\.value) == ["1700000000", "jWlm/rBSgxLZB7bwN+ECz3Q1Elx65sHFYgeqL1PS4qk="])
        #expect(
            callback(.forged).signature(key: key, now: 1_700_000_000)[1].value
                != "jWlm/rBSgxLZB7bwN+ECz3Q1Elx65sHFYgeqL1PS4qk="
        )
        #expect(callback(.stale).signature(key: key, now: 1_700_000_600)[0].value == "1700000000")
        #expect(callback(.signed).signature(key: nil, now: 0).isEmpty)
    }

    @Test func theBodyHasTheVendorsForm() throws {
        let success = String(decoding: callback(.signed).body, as: UTF8.self)
        #expect(success == #"{"code":200,"msg":"success","data":{"taskId":"task-1","images":["a"]}}"#)
        let failure = try JSONValue(parsing: callback(.signed, images: nil).body)
        #expect(failure["code"]?.integer == 501 && failure["data"]?["images"]?.isNull == true)
    }
}
