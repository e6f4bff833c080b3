package import CoverAPI
package import CoverModel
import CoverWatch

/// A status source that polls through the shared client, within the budget of the client.
package struct ClientStatusSource: StatusSource {
    private let client: CoverClient

    package init(client: CoverClient) { self.client = client }

    package func turns(_ wanted: Int) async -> Turns { client.turns(wanted) }

    package func giveBack(_ turns: Int) { client.giveBack(turns) }

    package func poll(_ taskId: TaskID, _ freshness: FleetFreshness) async throws -> Reading {
        try await client.pollInTurn(taskId, freshness)
    }
}
