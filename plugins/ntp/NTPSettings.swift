internal import PluginKit

/// Which daemon is asked, and where: the settings that all plugins of this folder have.
struct NTPSettings: Hashable, Sendable {
  enum Source: String, CaseIterable, Sendable {
    case auto, ntpd, chrony, timesyncd, kernel
  }

  var source = Source.auto
  /// Another machine's address or name; this machine when `nil`.
  var host: String?
  var port: Int?
  /// The path of chronyd's unix socket.
  var socket = NTPSettings.chronySocket
  /// The path of the bus that timesyncd is on.
  var bus = NTPSettings.systemBus

  static let chronySocket = "/run/chrony/chronyd.sock"
  static let systemBus = "/run/dbus/system_bus_socket"

  init(_ settings: [String: String]) throws(PluginError) {
    if settings.isEmpty { return }
    if let text = settings["source"], !text.isEmpty {
      guard let source = Source(rawValue: text) else {
        let known = Source.allCases.map(\.rawValue).joined(separator: ", ")
        throw PluginError(source: "env.source", expected: "one of \(known)", found: "'\(text)'")
      }
      self.source = source
    }
    if let text = settings["host"], !text.isEmpty { host = text }
    if let text = settings["port"], !text.isEmpty {
      guard let port = Int(text), (1...65535).contains(port) else {
        throw PluginError(source: "env.port", expected: "a port, 1 to 65535", found: "'\(text)'")
      }
      self.port = port
    }
    if let text = settings["socket"], !text.isEmpty { socket = text }
    if let text = settings["bus"], !text.isEmpty { bus = text }
  }

  /// The key under which the answers for these settings are kept.
  var key: String {
    self == NTPSettings.standard
      ? "" : "\(source.rawValue) \(host ?? "") \(port ?? 0) \(socket) \(bus)"
  }

  private static let standard = try! NTPSettings([:])
}

extension EnvSetting {
  /// The settings that ``NTPSettings`` reads.
  static let ntpSource: [EnvSetting] = [
    .init(
      "source", as: .choice(NTPSettings.Source.allCases.map(\.rawValue)), default: "auto",
      "what is asked: ntpd (ntpsec too), chrony, timesyncd, kernel; auto: the first that answers of chrony, ntpd, "
        + "timesyncd, kernel"),
    .init(
      "host", as: .address, default: "this machine",
      "the address or name of another machine; its daemon must allow it (restrict, cmdallow)"),
    .init(
      "port", as: .whole(1...65535), default: "123 for ntpd, 323 for chrony",
      "the daemon's UDP port"),
    .init("socket", as: .path, default: NTPSettings.chronySocket, "chronyd's unix socket"),
    .init(
      "bus", as: .path, default: NTPSettings.systemBus,
      "the D-Bus socket by which timesyncd is asked"),
  ]
}
