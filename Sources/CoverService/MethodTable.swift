/// Every method and notification. Dispatch and the OpenRPC document both use this table.
package enum MethodTable {
    /// The methods, in the order of PROTOCOL.md.
    package static let methods: [any BridgeMethod.Type] = [
        Ping.self, Discover.self, Initialize.self, Shutdown.self, GetStatus.self, Wait.self, StartWatch.self,
        StopWatch.self, ListWatches.self, ListChanges.self, Sync.self, Download.self, Generate.self,
        ReceiveCallback.self, GetCredits.self, GetStats.self,
    ]

    package static let notifications: [any BridgeNotification.Type] = [
        Initialized.self, Exit.self, CancelRequest.self, StatusChangedNotification.self, WatchEndedNotification.self,
        HealthChangedNotification.self,
        ProgressNotification.self,
    ]

    private static let named = methods.map { (name: $0.name, method: $0) }

    /// Finds the method with this name. Comparing a dozen short names is faster than hashing one name.
    package static func method(_ name: String) -> (any BridgeMethod.Type)? {
        named.first { $0.name == name }?.method
    }
}
