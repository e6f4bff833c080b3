extension FleetStoreError {
    /// The meaning of a fault of Redis for the user: what is wrong, where, and what to do next.
    init(_ fault: RedisFault, at address: RedisAddress) {
        let spot = address.spot
        switch fault {
        case .refused(let text): self.init(refusal: text, at: address)
        case .silent: self.init(.away, Self.noAnswer(spot))
        case .mute:
            let advice = address.isEncrypted ? " If it does not speak TLS, use redis: in its address." : ""
            self.init(.away, Self.noAnswer(spot) + advice)
        case .turnedAway:
            let advice = address.isEncrypted ? "See its log." : "If it speaks TLS, use rediss: in its address."
            self.init(.away, "The fleet's Redis at \(spot) ended the connection before any answer. \(advice)")
        case .closed:
            self.init(.away, "The connection to the fleet's Redis at \(spot) ended. The Redis may have been restarted.")
        case .unreachable(let reason):
            self.init(
                .away,
                "Cannot connect to the fleet's Redis at \(spot): \(reason). Start it, or check the address."
            )
        case .unknownHost:
            self.init(
                .away,
                "Cannot connect to the fleet's Redis at \(spot): its name has no address. Check the name and the network."
            )
        case .foreign:
            let advice =
                address.isEncrypted ? "Check the address." : "Check the address, or use rediss: if it speaks TLS."
            self.init(.unusable, "The server at \(spot) does not speak the protocol of Redis. \(advice)")
        case .notEncrypted:
            self.init(
                .unusable,
                "The server at \(spot) does not speak TLS. Check the port, or use redis: without TLS."
            )
        case .untrusted:
            self.init(
                .unusable,
                "The certificate of the fleet's Redis at \(spot) is not trusted: its authority is unknown, it is for another "
                    + "name, or it has expired. Name the file of its authority with --ca-file or SSL_CERT_FILE."
            )
        case .handshake:
            self.init(
                .unusable,
                "The TLS handshake with the fleet's Redis at \(spot) failed. It may want a certificate of its clients, "
                    + "which is not supported."
            )
        case .tooOld(let version):
            self.init(
                .unusable,
                "The fleet's Redis at \(spot) has version \(version); 6.2 or newer is needed. Update it."
            )
        case .otherForm(let form):
            self.init(
                .unusable,
                "The fleet at \(spot) was made by another version of cover-bridge (form \(form), this one has "
                    + "\(FleetScript.form)). Use one version in a fleet, or another database."
            )
        case .settings(let reason): self.init(.unusable, reason)
        }
    }

    private static func noAnswer(_ spot: String) -> String {
        "No answer from the fleet's Redis at \(spot) within a second. "
            + "It, this machine or the network may be overloaded or stopped."
    }

    /// The message does not contain the text of the server, because that text may contain confidential data. The code
    /// in the text gives the meaning.
    private init(refusal text: String, at address: RedisAddress) {
        let user = address.user.map { "the user \($0)" } ?? "its default user"
        let (kind, words): (Kind, String) =
            switch RedisRefusal(text) {
            case .wrongPassword: (.unusable, "refused the password of \(user). Check the user and the password.")
            case .passwordWanted:
                (
                    .unusable,
                    "wants a password. Give it with --fleet-password-file FILE, or in the address in COVER_BRIDGE_FLEET."
                )
            case .noPasswordWanted: (.unusable, "has no password set, and one was given. Leave it out.")
            case .notAllowed:
                (.unusable, "does not allow \(user) what a fleet needs. Grant it: \(RedisRefusal.rules)")
            case .memoryFull:
                (.away, "is out of memory (maxmemory) and takes no changes. Raise maxmemory, or remove what fills it.")
            case .readOnly: (.away, "is a replica, which takes no changes. Name the primary.")
            case .cannotSave:
                (.away, "takes no changes, since it cannot save them to its disk, or to enough replicas. See its log.")
            case .loading: (.away, "is starting: it loads its data.")
            case .busy: (.away, "is busy with a script of another program.")
            case .cluster(let node):
                (
                    .unusable,
                    "is a node of a Redis Cluster that does not keep the keys of this fleet. Name \(node ?? "another node") instead."
                )
            case .clusterDown: (.away, "belongs to a Redis Cluster that is down. See its log.")
            case .noDatabase: (.unusable, "has no database \(address.database). Name one that it has, as 0.")
            case .protected:
                (
                    .unusable,
                    "is in protected mode: it takes no connection of other hosts while it has no password. Set one."
                )
            case .tooManyClients: (.away, "has too many clients. Raise its maxclients.")
            case .foreignKeys:
                (.unusable, "has keys under the fleet's names that belong to another program. Name another database.")
            case .noScripts: (.unusable, "runs no scripts in Lua, which a fleet needs. Name another server.")
            case .other(let code): (.away, "refused a command with \(code). See its log.")
            }
        self.init(kind, "The fleet's Redis at \(address.spot) \(words)")
    }
}
