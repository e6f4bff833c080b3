extension CoverStatus {
    /// Why an image of the task is left out; nil where none is.
    package var refusedImage: String? { warnings.first { $0.kind == "droppedImage" }?.message }

    /// Why there is no image where one is expected; nil where nothing says so.
    package var imageFault: String? { refusedImage ?? warnings.first { $0.kind == "noImages" }?.message }
}

extension CoverError {
    /// There is nothing to save; the reason is part of it where it is known.
    package static func noImages(of status: CoverStatus) -> CoverError {
        let failure = status.failure.map { "The task has no images; it failed: \($0.message)" }
        let state = failure ?? "The task has no images; its state is \(status.state.rawValue)."
        var error = CoverError(
            .downloadFailed,
            [state, status.imageFault].compactMap(\.self).joined(separator: " ")
        )
        error.retryable = !status.final
        return error
    }
}
