import CoverModel
import Testing

/// Expects that the work throws a `CoverError` of this kind.
func expect<T>(
    kind: CoverError.Kind,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ work: () async throws -> T
) async {
    let error = await #expect(throws: CoverError.self, sourceLocation: sourceLocation) { _ = try await work() }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
}
