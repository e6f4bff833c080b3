/// The version of the bridge and its libraries, as in `User-Agent: cover-bridge/0.1.0`.
public let coverBridgeVersion = "0.1.0"
