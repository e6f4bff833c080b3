extension FleetStoreError {
    /// The meaning of a fault of Redis for the user: what is wrong, where, and what to do next.
    init(_ fault: RedisFault, at address: RedisAddress) {
        let spot = address.spot
        let redis = "The fleet's Redis at \(spot)"
        switch fault {
        case .refused(let text): self.init(refusal: text, at: address)
        case .silent: self.init(silent: spot)
        case .silentInHandshake: self.init(silent: spot, " If it does not speak TLS, use redis: in its address.")
        case .turnedAway:
            self.init(
                .away,
                "\(redis) ended the connection before any answer.",
                next: address.isEncrypted ? "See its log." : "If it speaks TLS, use rediss: in its address."
            )
        case .closedInHandshake:
            self.init(
                .away,
                "\(redis) closed the connection during the TLS handshake.",
                next:
                    "It may be starting, have too many clients (maxclients), or be behind a proxy without a server. See its log."
            )
        case .closed:
            self.init(
                .away,
                "The connection to the fleet's Redis at \(spot) ended.",
                next: "The Redis may have been restarted."
            )
        case .unreachable(let reason):
            self.init(
                .away,
                "Cannot connect to the fleet's Redis at \(spot): \(reason).",
                next: "Start it, or check the address."
            )
        case .unknownHost:
            self.init(
                .away,
                "Cannot connect to the fleet's Redis at \(spot): its name has no address.",
                next: "Check the name and the network."
            )
        case .foreign:
            let advice =
                address.isEncrypted ? "Check the address." : "Check the address, or use rediss: if it speaks TLS."
            self.init(.unusable, "The server at \(spot) does not speak the protocol of Redis.", next: advice)
        case .notEncrypted:
            self.init(
                .unusable,
                "The server at \(spot) does not speak TLS.",
                next: "Check the port, or use redis: without TLS."
            )
        case .untrusted(let reason):
            let unknown =
                "Its authority is unknown, it is for another name, or it has expired. Look at it with openssl s_client."
            self.init(
                .unusable,
                "The certificate of the fleet's Redis at \(spot) is not trusted.",
                next: reason ?? unknown
            )
        case .wantsClientCertificate:
            self.init(
                .unusable,
                "\(redis) wants a certificate of its clients, which is not supported.",
                next: "Set tls-auth-clients no in its configuration."
            )
        case .oldTLS:
            self.init(
                .unusable,
                "\(redis) speaks a version of TLS that is too old.",
                next: "Allow TLS 1.2 or newer with tls-protocols in its configuration."
            )
        case .handshake:
            self.init(
                .unusable,
                "The TLS handshake with the fleet's Redis at \(spot) failed.",
                next:
                    "It may want a certificate of its clients, which is not supported: set tls-auth-clients no. See its log."
            )
        case .passwordMissing:
            self.init(
                .unusable,
                "\(redis) wants a password for the user \(address.user ?? "default"), or does not know that user.",
                next: Self.passwordAdvice
            )
        case .tooOld(let version):
            self.init(.unusable, "\(redis) has version \(version); 6.2 or newer is needed.", next: "Update it.")
        case .otherForm(let form):
            self.init(
                .unusable,
                "The fleet at \(spot) was made by another version of cover-bridge (form \(form), this one has "
                    + "\(FleetScript.form)).",
                next: "Use one version in a fleet, or another database."
            )
        case .settings(let reason): self.init(.unusable, reason)
        }
    }

    private static let passwordAdvice =
        "Give the password with --fleet-password-file FILE, or in the address in COVER_BRIDGE_FLEET."

    private init(silent spot: String, _ advice: String = "") {
        self.init(
            .away,
            "No answer from the fleet's Redis at \(spot) within a second.",
            next: "It, this machine or the network may be overloaded or stopped." + advice
        )
    }

    /// The message does not contain the text of the server, because that text may contain confidential data. The code
    /// in the text gives the meaning.
    private init(refusal text: String, at address: RedisAddress) {
        let user = address.user.map { "the user \($0)" } ?? "its default user"
        let (kind, words, next): (Kind, String, String?) =
            switch RedisRefusal(text) {
            case .wrongPassword:
                (.unusable, "refused the password of \(user).", "Check the user and the password.")
            case .passwordWanted: (.unusable, "wants a password.", Self.passwordAdvice)
            case .noPasswordWanted: (.unusable, "has no password set, and one was given.", "Leave it out.")
            case .notAllowed:
                (.unusable, "does not allow \(user) what a fleet needs.", "Grant it: \(RedisRefusal.rules)")
            case .memoryFull:
                (
                    .away, "is out of memory (maxmemory) and takes no changes.",
                    "Raise maxmemory, or remove what fills it."
                )
            case .readOnly: (.away, "is a replica, which takes no changes.", "Name the primary.")
            case .cannotSave:
                (
                    .away, "takes no changes, since it cannot save them to its disk, or to enough replicas.",
                    "See its log."
                )
            case .loading: (.away, "is starting: it loads its data.", nil)
            case .busy: (.away, "is busy with a script of another program.", nil)
            case .cluster(let node):
                (
                    .unusable, "is a node of a Redis Cluster that does not keep the keys of this fleet.",
                    "Name \(node ?? "another node") instead."
                )
            case .clusterDown: (.away, "belongs to a Redis Cluster that is down.", "See its log.")
            case .noDatabase: (.unusable, "has no database \(address.database).", "Name one that it has, as 0.")
            case .protected:
                (
                    .unusable, "is in protected mode: it takes no connection of other hosts while it has no password.",
                    "Set one."
                )
            case .tooManyClients: (.away, "has too many clients.", "Raise its maxclients.")
            case .foreignKeys:
                (
                    .unusable, "has keys under the fleet's names that belong to another program.",
                    "Name another database."
                )
            case .noScripts: (.unusable, "runs no scripts in Lua, which a fleet needs.", "Name another server.")
            case .other(let code): (.away, "refused a command with \(code).", "See its log.")
            }
        self.init(kind, "The fleet's Redis at \(address.spot) \(words)", next: next)
    }
}
