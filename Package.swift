// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let package = Package(
    name: "cover-bridge",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "cover-bridge", targets: ["cover-bridge"]),
        .library(name: "JSONRPC", targets: ["JSONRPC"]),
        .library(name: "CoverModel", targets: ["CoverModel"]),
        .library(name: "CoverAPI", targets: ["CoverAPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.44.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // No pkgConfig here: SwiftPM would put the system's -L first and defeat static linking.
        .target(name: "CProcess"),
        .systemLibrary(name: "CJansson", providers: [.apt(["libjansson-dev"]), .brew(["jansson"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Jansson", dependencies: ["CJansson"], swiftSettings: strict),
        .target(
            name: "JSONRPC",
            dependencies: ["Jansson", .target(name: "CLinux", condition: .when(platforms: [.linux]))],
            swiftSettings: strict
        ),
        .target(name: "CoverModel", dependencies: ["Jansson"], swiftSettings: strict),
        .target(
            name: "CoverAPI",
            dependencies: [
                "CoverModel", "Jansson", "Zlib", .target(name: "CLinux", condition: .when(platforms: [.linux])),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "CoverWatch",
            dependencies: ["CoverModel", "Jansson"],
            swiftSettings: strict
        ),
        .target(
            name: "CoverJournal",
            dependencies: ["CoverModel", "CoverWatch", "Jansson", "SQLite"],
            swiftSettings: strict
        ),
        .target(
            name: "CoverFleet",
            dependencies: [
                .target(name: "CLinux", condition: .when(platforms: [.linux])), "CoverModel", "Hiredis", "Jansson",
                "SQLite",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "CoverSandbox",
            dependencies: [
                "Jansson",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "CoverService",
            dependencies: ["Jansson", "JSONRPC", "CoverAPI", "CoverModel", "CoverWatch"],
            swiftSettings: strict
        ),
        .target(
            name: "CoverMCP",
            dependencies: ["Jansson", "JSONRPC", "CoverAPI", "CoverModel", "CoverWatch", "CoverService"],
            swiftSettings: strict
        ),
        .target(
            name: "CoverLSP",
            dependencies: ["Jansson", "JSONRPC", "CoverAPI", "CoverModel", "CoverWatch", "CoverService", "PCRE2"],
            swiftSettings: strict
        ),
        .target(name: "Hiredis", dependencies: ["CHiredis"], swiftSettings: strict),
        .target(name: "PCRE2", dependencies: ["CPCRE2"], swiftSettings: strict),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),
        .target(name: "Zlib", dependencies: ["CZlib"], swiftSettings: strict),
        .target(
            name: "CoverTerminal",
            dependencies: ["CoverModel", "CoverWatch", "Zlib"],
            swiftSettings: strict
        ),
        .target(
            name: "SessionRecording",
            dependencies: ["CoverAPI", "CoverModel", "CoverService", "CoverWatch", "Jansson", "JSONRPC"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "cover-bridge",
            dependencies: [
                "CProcess", .target(name: "CLinux", condition: .when(platforms: [.linux])), "CoverAPI",
                "CoverFleet", "CoverJournal", "CoverLSP", "CoverMCP", "CoverModel", "CoverSandbox", "CoverService",
                "CoverTerminal",
                "CoverWatch", "Jansson", "JSONRPC", "SessionRecording",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TestSupport",
            dependencies: ["CoverModel", "CoverWatch", "Jansson", "JSONRPC"],
            swiftSettings: strict
        ),
        // A target of its own beside TestSupport, so that the tests of the engine do not build the network.
        .target(name: "APITestSupport", dependencies: ["CoverAPI", "CoverModel"], swiftSettings: strict),
        .testTarget(name: "JanssonTests", dependencies: ["Jansson", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "JSONRPCTests",
            dependencies: ["Jansson", "JSONRPC", "SessionRecording", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverModelTests",
            dependencies: ["CoverModel", "Jansson", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverAPITests",
            dependencies: [
                "APITestSupport", "CoverAPI", "CoverModel", "Jansson", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverWatchTests",
            dependencies: ["CoverModel", "CoverWatch", "Jansson", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverJournalTests",
            dependencies: [
                .target(name: "CLinux", condition: .when(platforms: [.linux])), "CoverJournal", "CoverModel",
                "CoverWatch", "CSQLite", "SQLite", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverFleetTests",
            dependencies: ["CoverFleet", "CoverModel", "CoverWatch", "Hiredis", "Jansson", "SQLite", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverSandboxTests",
            dependencies: [
                "CoverModel", "CoverSandbox", "Jansson", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverServiceTests",
            dependencies: [
                "APITestSupport", "CoverAPI", "CoverModel", "CoverService", "CoverWatch", "Jansson", "JSONRPC",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverMCPTests",
            dependencies: [
                "APITestSupport", "CoverAPI", "CoverMCP", "CoverModel", "CoverService", "CoverWatch", "Jansson",
                "JSONRPC", "SessionRecording", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CoverLSPTests",
            dependencies: [
                "APITestSupport", "CoverAPI", "CoverLSP", "CoverModel", "CoverService", "CoverWatch", "Jansson",
                "JSONRPC", "SessionRecording", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "HiredisTests", dependencies: ["Hiredis"], swiftSettings: strict),
        .testTarget(name: "PCRE2Tests", dependencies: ["PCRE2"], swiftSettings: strict),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CoverTerminalTests",
            dependencies: ["CZlib", "CoverModel", "CoverSandbox", "CoverTerminal", "CoverWatch", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: ["CoverAPI", "CoverModel", "CoverTerminal", "CoverWatch", "Jansson", "cover-bridge"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SessionRecordingTests",
            dependencies: ["CoverAPI", "Jansson", "SessionRecording"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["CoverSandbox", "Jansson", "TestSupport", "cover-bridge"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
