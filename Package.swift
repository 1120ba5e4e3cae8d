// swift-tools-version: 6.2
import PackageDescription

// What keeps the released apus-node small in memory:
// - 30,000 relocations take 10 kB in place of 600, all of which the start reads. gold, the default, cannot pack
//   them; glibc can read them since 2.36.
// - No symbol is exported, so that the linker leaves out what nobody calls.
// - libstdc++ and libgcc are linked statically: the Swift runtime calls a small part of them, and the start would read
//   1 MB of the shared ones to resolve its symbols. The toolchain names -lstdc++ itself, before any flag of ours,
//   so a linker script in a folder that is searched first stands for it.
// - The functions that a start and a master's cycle run stand next to each other: the kernel maps 16 pages
//   around each one that is touched, and these are 2,500 of 40,000 functions. `make function-order` writes the file.
let smallProgram: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
      "-Xlinker", "--no-export-dynamic", "-Xlinker", "--no-warn-symbol-ordering",
      "-L\(Context.packageDirectory)/Sources/apus-node/link", "-Xclang-linker", "-static-libgcc",
      "-Xlinker",
      "--symbol-ordering-file=\(Context.packageDirectory)/Sources/apus-node/function-order.txt",
    ], .when(configuration: .release))
]

let package = Package(
  name: "apus",
  products: [
    .executable(name: "apus-node", targets: ["apus-node"]),
    .executable(name: "apus-collector", targets: ["apus-collector"]),
    // What Tests/Fuzz, a package of its own, feeds with hostile bytes.
    .library(
      name: "ApusParts",
      targets: [
        "EventLoop", "Inventory", "Limits", "MuninWire", "Node", "PluginKit", "Plugins", "Polling",
        "RRD", "Recording", "Settings", "SNMP",
      ]),
  ],
  traits: [
    .trait(name: "TLS", description: "STARTTLS, by OpenSSL."),
    .trait(name: "SNMP", description: "UPSs over SNMP, by net-snmp."),
    .default(enabledTraits: ["SNMP", "TLS"]),
  ],
  targets: [
    // System libraries: a module map and one header each.
    .systemLibrary(name: "CEvent", pkgConfig: "libevent_core", providers: [.apt(["libevent-dev"])]),
    .systemLibrary(name: "CNetSNMP", pkgConfig: "netsnmp", providers: [.apt(["libsnmp-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CRRD", pkgConfig: "librrd", providers: [.apt(["librrd-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // What Swift cannot import or must not do.
    .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),

    // The node: nothing from here to apus-node imports Foundation.
    .target(name: "MuninWire"),
    .target(name: "Text", dependencies: ["MuninWire"]),
    .target(name: "Settings", dependencies: ["MuninWire", "Text"]),
    .target(name: "Terminal", dependencies: ["CLinux"]),
    .target(name: "EventLoop", dependencies: ["CEvent", "CLinux"]),
    .target(name: "Logbook", dependencies: ["CLinux", "EventLoop", "Text"]),
    .target(name: "Patterns", dependencies: ["CPCRE2"]),
    .target(name: "TLS", dependencies: ["COpenSSL", "EventLoop", "Patterns", "Settings"]),
    .target(name: "SNMP", dependencies: ["CNetSNMP", "EventLoop"]),
    .target(
      name: "Daemon", dependencies: ["CLinux", "EventLoop", "Logbook", "MuninWire", "Terminal"]),
    .target(
      name: "PluginKit", dependencies: ["CLinux", "EventLoop", "MuninWire", "Patterns", "Settings"]),
    .target(
      name: "Plugins",
      dependencies: [
        "CLinux", "Daemon", "EventLoop", "MuninWire", "Patterns", "PluginKit", "Terminal", "Text",
        .target(name: "SNMP", condition: .when(traits: ["SNMP"])),
      ], path: "plugins"),
    .target(
      name: "Node",
      dependencies: [
        "Daemon", "EventLoop", "Logbook", "MuninWire", "Patterns", "PluginKit", "Plugins",
        "Settings", "Terminal",
        .target(name: "TLS", condition: .when(traits: ["TLS"])),
      ]),
    .executableTarget(
      name: "apus-node",
      dependencies: [
        "Daemon", "EventLoop", "Logbook", "MuninWire", "Node", "PluginKit", "Plugins", "Settings",
        "Terminal", "Text",
      ],
      exclude: ["function-order.txt", "link"], linkerSettings: smallProgram),

    // The collector.
    .target(
      name: "HTTP", dependencies: ["CEvent", "EventLoop", "Text"],
      linkerSettings: [.linkedLibrary("event_extra")]),
    .target(
      name: "RRD", dependencies: ["CLinux", "CRRD", "Daemon", "EventLoop", "MuninWire", "Text"]),
    .target(name: "Limits", dependencies: ["MuninWire"]),
    .target(name: "Ledger", dependencies: ["CSQLite", "EventLoop"]),
    .target(
      name: "Inventory",
      dependencies: ["EventLoop", "Ledger", "Limits", "MuninWire", "Settings", "Text"]),
    .target(
      name: "Polling",
      dependencies: [
        "Daemon", "EventLoop", "Inventory", "MuninWire", "Patterns", "Settings", "Text",
        .target(name: "TLS", condition: .when(traits: ["TLS"])),
      ]),
    .target(
      name: "Recording",
      dependencies: ["EventLoop", "Ledger", "Limits", "Logbook", "MuninWire", "RRD", "Text"]),
    .target(
      name: "Incidents", dependencies: ["Ledger", "Limits", "Settings", "Text"]),
    .target(
      name: "Notify",
      dependencies: [
        "CCurl", "Daemon", "EventLoop", "Incidents", "Ledger", "Limits", "MuninWire", "Text",
        .target(name: "TLS", condition: .when(traits: ["TLS"])),
      ]),
    .target(
      name: "Collector",
      dependencies: [
        "Daemon", "EventLoop", "Incidents", "Inventory", "Ledger", "Limits", "Logbook", "MuninWire",
        "Notify", "Patterns", "Polling", "RRD", "Recording", "Settings", "Terminal", "Text",
      ]),
    .target(
      name: "Web",
      dependencies: [
        "Collector", "EventLoop", "HTTP", "Limits", "MuninWire", "RRD", "Text",
      ]),
    .executableTarget(
      name: "apus-collector",
      dependencies: [
        "Collector", "Daemon", "EventLoop", "HTTP", "Ledger", "Limits", "Logbook", "MuninWire",
        "Notify", "RRD", "Recording", "Settings", "Terminal", "Text", "Web",
      ]),

    // Tests: a folder per target.
    .target(
      name: "TestSupport", dependencies: ["CLinux", "EventLoop", "MuninWire"],
      path: "Tests/TestSupport"),
    .testTarget(name: "MuninWireTests", dependencies: ["MuninWire", "TestSupport"]),
    .testTarget(name: "TextTests", dependencies: ["TestSupport", "Text"]),
    .testTarget(
      name: "SettingsTests",
      dependencies: ["Limits", "MuninWire", "Settings", "TestSupport", "Text"]),
    .testTarget(name: "EventLoopTests", dependencies: ["CLinux", "EventLoop", "TestSupport"]),
    .testTarget(name: "LogbookTests", dependencies: ["EventLoop", "Logbook", "TestSupport"]),
    .testTarget(
      name: "DaemonTests", dependencies: ["Daemon", "EventLoop", "Logbook", "TestSupport"]),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "TestSupport"]),
    .testTarget(name: "SNMPTests", dependencies: ["EventLoop", "SNMP", "TestSupport"]),
    .testTarget(name: "PluginKitTests", dependencies: ["MuninWire", "PluginKit", "TestSupport"]),
    .testTarget(
      name: "PluginsTests",
      dependencies: [
        "CLinux", "EventLoop", "MuninWire", "PluginKit", "Plugins", "TestSupport",
        .target(name: "SNMP", condition: .when(traits: ["SNMP"])),
      ]),
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "Daemon", "EventLoop", "Logbook", "MuninWire", "Node", "Patterns", "PluginKit", "Plugins",
        "Settings", "TestSupport", .target(name: "TLS", condition: .when(traits: ["TLS"])),
      ]),
    .testTarget(name: "PatternsTests", dependencies: ["Patterns", "TestSupport"]),
    .testTarget(
      name: "TLSTests",
      dependencies: ["COpenSSL", "EventLoop", "Patterns", "Settings", "TLS", "TestSupport"]),
    .testTarget(name: "LimitsTests", dependencies: ["Limits", "MuninWire", "TestSupport"]),
    .testTarget(
      name: "RRDTests", dependencies: ["EventLoop", "MuninWire", "RRD", "TestSupport"]),
    .testTarget(name: "LedgerTests", dependencies: ["Ledger", "TestSupport"]),
    .testTarget(
      name: "InventoryTests",
      dependencies: ["EventLoop", "Inventory", "Ledger", "Limits", "MuninWire", "TestSupport"]),
    .testTarget(
      name: "IncidentsTests",
      dependencies: ["Incidents", "Ledger", "Limits", "TestSupport", "Text"]),
    .testTarget(
      name: "RecordingTests",
      dependencies: [
        "EventLoop", "Ledger", "Limits", "Logbook", "MuninWire", "RRD", "Recording", "TestSupport",
        "Text",
      ]),
    .testTarget(
      name: "NotifyTests",
      dependencies: [
        "EventLoop", "Incidents", "Ledger", "Limits", "Notify", "TestSupport", "Text",
      ]),
    .target(
      name: "TestNodes",
      dependencies: [
        "EventLoop", "Settings", .target(name: "TLS", condition: .when(traits: ["TLS"])),
      ], path: "Tests/TestNodes"),
    .testTarget(
      name: "PollingTests",
      dependencies: [
        "EventLoop", "Inventory", "MuninWire", "Polling", "Settings", "TestNodes", "TestSupport",
        "Text",
      ]),
    .testTarget(
      name: "CollectorTests",
      dependencies: [
        "Collector", "EventLoop", "Incidents", "Inventory", "Ledger", "Limits", "Logbook",
        "MuninWire", "Notify", "RRD", "Recording", "Settings", "TestNodes", "TestSupport", "Text",
      ]),
    // Alerts from the samples to the subjects of mails, as stories in text.
    .testTarget(
      name: "ScenarioTests",
      dependencies: [
        "Incidents", "Ledger", "Limits", "MuninWire", "Notify", "Patterns", "Settings", "Text",
      ],
      path: "Tests/Scenarios", exclude: ["README.md", "stories"]),
    .testTarget(name: "HTTPTests", dependencies: ["EventLoop", "HTTP", "TestSupport"]),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "Collector", "EventLoop", "HTTP", "Limits", "MuninWire", "RRD", "TestSupport", "Web",
      ]),
    // Whole programs and the real munin; `make test` prepares what these need.
    .testTarget(
      name: "Integration",
      dependencies: [
        "Collector", "EventLoop", "Incidents", "Ledger", "Limits", "MuninWire", "Recording",
        "Settings",
        "TestSupport",
      ],
      path: "Tests/Integration", exclude: ["hostile-machine", "limits", "peers"]),
  ],
  swiftLanguageModes: [.v6]
)

let upcoming = [
  "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility",
  "NonisolatedNonsendingByDefault",
]
for target in package.targets where target.type != .system && target.name != "CLinux" {
  target.swiftSettings =
    upcoming.map { .enableUpcomingFeature($0) } + [.treatAllWarnings(as: .error)]
}

// The node's own code, without the standard library's regular expressions (1 MB that every module would link
// unasked), and each function in a section of its own, for the order above.
let node: Set = [
  "Daemon", "EventLoop", "Logbook", "MuninWire", "Node", "Patterns", "PluginKit", "Plugins", "SNMP",
  "Settings", "TLS",
  "Terminal", "Text", "apus-node",
]
for target in package.targets where node.contains(target.name) {
  target.swiftSettings! += [
    .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"]),
    .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
  ]
}
