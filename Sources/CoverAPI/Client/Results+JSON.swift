public import Jansson

// The JSON shapes of the client's results (`PROTOCOL.md §6`).

extension DownloadedFile: JSONEncodable {
    /// Writes `url`, `path`, `bytes`, `mediaType`, `sha256` and `warnings`.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("url", url)
            $0.member("path", path)
            $0.member("bytes", bytes)
            $0.member("mediaType", mediaType)
            $0.member("sha256", sha256)
            $0.member("warnings", warnings)
        }
    }
}

extension DownloadProgress: JSONEncodable {
    /// Writes `image`, `images`, `receivedBytes` and `totalBytes`; in a pause also `retry`, with `message` and `after`.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("image", image)
            $0.member("images", images)
            $0.member("receivedBytes", receivedBytes)
            $0.member("totalBytes", totalBytes)
            if let retry {
                $0.member("retry") {
                    $0.object {
                        $0.member("message", retry.message)
                        $0.member("after", retry.after)
                    }
                }
            }
        }
    }
}

extension Generation: JSONEncodable {
    /// Writes `taskId` and `reused`.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", taskId)
            $0.member("reused", reused)
        }
    }
}

extension ClientStatistics: JSONEncodable {
    /// Writes a member for each counter and level.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("requests", requests)
            $0.member("coalesced", coalesced)
            $0.member("remembered", remembered)
            $0.member("retries", retries)
            $0.member("downloads", downloads)
            $0.member("rate", rate)
            $0.member("tokens", tokens)
            $0.member("waiting", waiting)
        }
    }
}
