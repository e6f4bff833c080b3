extension CoverStatus {
    /// Why an image of the task is left out; nil if no image is left out.
    package var refusedImage: String? { warnings.first { $0.kind == "droppedImage" }?.message }

    /// Why an expected image is missing; nil if there is no reason on record.
    package var imageFault: String? { refusedImage ?? warnings.first { $0.kind == "noImages" }?.message }
}

extension CoverError {
    /// The error for a task without images to save. It contains the reason if that is known.
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
