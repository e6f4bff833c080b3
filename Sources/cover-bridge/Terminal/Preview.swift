import CoverAPI

struct Preview {
    let client: CoverClient; let palette: Palette
    func show(_ status: CoverStatus) async throws {}
}
