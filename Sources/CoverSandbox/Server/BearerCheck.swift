import Hummingbird

/// Refuses requests without an API key. Any key is accepted.
struct BearerCheck<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Self.hasKey(request.headers[.authorization] ?? "") else { throw SandboxFault.unauthorized }
        return try await next(request, context)
    }

    private static func hasKey(_ credentials: String) -> Bool {
        let parts = credentials.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" && parts[1].contains { $0 != " " }
    }
}
