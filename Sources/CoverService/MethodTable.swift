/// Every method and notification there is: dispatch and the OpenRPC document both come from here.
package enum MethodTable {
    /// In the order of the protocol's page.
    package static let methods: [any BridgeMethod.Type] = [
        Ping.self, Discover.self, Initialize.self, Shutdown.self, GetStatus.self, Wait.self, StartWatch.self,
        StopWatch.self, ListWatches.self, ListChanges.self, Sync.self, Download.self, Generate.self,
        GetCredits.self, GetStats.self,
    ]

    package static let notifications: [any BridgeNotification.Type] = [
        Initialized.self, Exit.self, CancelRequest.self, StatusChanged.self, WatchEnded.self, HealthChanged.self,
        Progress.self,
    ]

    package static let byName: [String: any BridgeMethod.Type] = Dictionary(
        uniqueKeysWithValues: methods.map { ($0.name, $0) }
    )
}
