import CoverModel
import Testing

@testable import CoverFleet

@Suite struct HeldClaimsTests {
    @Test func unansweredRequestsAreInDoubtUntilTheyAreCleared() throws {
        var held = HeldClaims()
        #expect(held.doubt == nil)
        held.granted(claim("a", 1))
        held.granted(claim(nil, 2))
        held.finished(claim("a", 1))
        #expect(held.doubt == nil, "all is known")
        held.lost("b")
        held.lost(nil)
        let doubt = try #require(held.doubt)
        #expect(Set(doubt.tasks) == ["b", nil])
        #expect(doubt.known == [2])
        held.lost("c")
        held.cleared(doubt)
        #expect(held.doubt?.tasks == ["c"], "what came later is still in doubt")
    }

    @Test func theNumberOfDoubtsIsLimited() {
        var held = HeldClaims()
        for number in 0..<5000 { held.lost(TaskID("task \(number)")) }
        #expect(held.doubt?.tasks.count == 1000)
    }

    private func claim(_ taskId: TaskID?, _ fence: Int64) -> FleetClaim {
        FleetClaim(taskId: taskId, epoch: 1, fence: fence, generation: 0, isTrial: false, delay: .zero)
    }
}
