import Hiredis

extension RedisFleetStore {
    package func remarks() async throws -> FleetRemarks {
        try await perform { call in
            let answers = try await call.link.commands.answers(to: [Command("INFO")], until: call.deadline)
            // Redis may refuse `INFO` to this user.
            guard case .bytes(let bytes) = answers.first else { return FleetRemarks() }
            return FleetRemarks(RedisInfo(String(decoding: bytes, as: UTF8.self)))
        }
    }
}

extension FleetRemarks {
    /// A Redis counts as nearly full if it uses more than this share of its memory limit.
    private static let nearlyFull = 0.9

    init(_ info: RedisInfo) {
        let valkey = info["valkey_version"].map { "Valkey " + $0 }
        version = valkey ?? info["redis_version"].map { "Redis " + $0 }
        // A `maxmemory` of zero means that Redis has no memory limit.
        guard let limit = info["maxmemory"].flatMap(Double.init), limit > 0 else { return }
        if let policy = info["maxmemory_policy"], policy != "noeviction" {
            let warning = Warning(
                fault: "it may drop the fleet's keys when its memory is full (maxmemory-policy \(policy))",
                next: "The fleet then starts over and exceeds its rate for a moment: set noeviction, "
                    + "or use a Redis of its own."
            )
            warnings.append(warning)
        } else if let used = info["used_memory"].flatMap(Double.init), used > limit * Self.nearlyFull {
            let warning = Warning(
                fault: "its memory is nearly full (maxmemory)",
                next: "It will take no changes then: raise maxmemory, or remove what fills it."
            )
            warnings.append(warning)
        }
    }
}
