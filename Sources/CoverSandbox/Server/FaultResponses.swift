import Hummingbird

/// Writes the errors of routes, and the errors for unknown routes, in the format of the API.
struct FaultResponses<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let fault as SandboxFault {
            return .fault(fault, .status)
        } catch let error as any HTTPResponseError {
            return .fault(SandboxFault(error.status.code, error.status.reasonPhrase), .status)
        }
    }
}
