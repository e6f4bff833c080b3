import Hummingbird

/// Gives the errors of routes, and of requests for which there is none, the API's own form.
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
