internal import Daemon
internal import EventLoop
internal import Glibc
internal import MuninWire
internal import PluginKit
internal import Plugins
internal import Terminal

/// A plugin that could be used: one of this program, or a file of munin's library.
struct KnownPlugin {
  var name: String
  /// What a link has to lead to.
  var path: String
  var isBuiltIn: Bool
  var family: String
  var capabilities: Set<String>
  /// The services that use it now.
  var installed: [String] = []

  var isWildcard: Bool { name.hasSuffix("_") || (isBuiltIn && isSNMP) }
  /// `snmp__load` becomes `snmp_HOST_load`: only a probe of the host can suggest it.
  var isSNMP: Bool { name.hasPrefix("snmp__") || name.hasPrefix("snmpv3__") }

  /// The part of a service's name that is its own.
  func suffix(of service: String) -> String? {
    isWildcard ? FamilyName(name)?.suffix(of: service) : nil
  }
}

/// The plugins of this program and of munin's library, and which of them are in use.
struct PluginLibrary {
  var plugins: [KnownPlugin] = []

  /// - Parameters:
  ///   - folder: munin's library, where there is one.
  ///   - services: the service directory.
  ///   - program: the path of this program.
  init(folder: String?, services: String?, program: String) throws(FileFailure) {
    for plugin in builtIn {
      let name = "\(plugin.description.name)"
      plugins.append(
        KnownPlugin(
          name: name, path: program, isBuiltIn: true, family: "auto",
          capabilities: FamilyName(name) != nil ? ["autoconf", "suggest"] : ["autoconf"]))
    }
    if let folder { try read(folder) }
    plugins.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    if let services { try readLinks(in: services, program: program) }
  }

  /// A plugin of ours goes before munin's of the same name.
  private mutating func read(_ folder: String) throws(FileFailure) {
    guard let names = Terminal.files(in: folder) else {
      throw FileFailure(path: folder, code: errno)
    }
    let own = Set(plugins.map(\.name))
    for name in names where isServiceName(name) && !own.contains(name) && !name.hasSuffix(".conf") {
      let path = "\(folder)/\(name)"
      guard access(path, X_OK) == 0 else { continue }
      guard case .success(let bytes) = Terminal.read(path) else { continue }
      let (family, capabilities) = PluginLibrary.markers(in: bytes)
      plugins.append(
        KnownPlugin(
          name: name, path: path, isBuiltIn: false, family: family, capabilities: capabilities))
    }
  }

  /// The magic markers of a plugin's text.
  static func markers(in bytes: [UInt8]) -> (family: String, capabilities: Set<String>) {
    var family = "contrib"
    var capabilities: Set<String> = []
    for line in bytes.split(separator: 0x0A) {
      guard let mark = line.firstRange(of: Array("#%#".utf8)) else { continue }
      let text = String(decoding: line[mark.upperBound...], as: UTF8.self)
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, text.first?.isWhitespace == true else { continue }
      let words = parts[1].split(whereSeparator: \.isWhitespace).map(String.init)
      switch parts[0].split(whereSeparator: \.isWhitespace) {
      case ["family"]: family = words.first ?? family
      case ["capabilities"]: capabilities.formUnion(words)
      default: break
      }
    }
    return (family, capabilities)
  }

  /// Which plugins the links of the service directory lead to.
  private mutating func readLinks(in folder: String, program: String) throws(FileFailure) {
    guard let names = Terminal.files(in: folder) else {
      throw FileFailure(path: folder, code: errno)
    }
    var paths: [String: Int] = [:]
    for (index, plugin) in plugins.enumerated() where !plugin.isBuiltIn {
      if let real = OwnProcess.realPath(plugin.path) { paths[real] = index }
    }
    for name in names where isServiceName(name) {
      guard let target = OwnProcess.realPath("\(folder)/\(name)") else { continue }
      if target == program, let plugin = FamilyName.plugin(named: name, among: builtIn) {
        let own = "\(plugin.description.name)"
        if let index = plugins.firstIndex(where: { $0.name == own }) {
          plugins[index].installed.append(name)
        }
      } else if let index = paths[target] {
        plugins[index].installed.append(name)
      } else if let index = plugins.firstIndex(where: {
        $0.isBuiltIn && target.hasSuffix("/plugins/\($0.name)")
          && ($0.suffix(of: name) != nil || $0.name == name)
      }) {
        // munin's plugin of that name is in use.
        plugins[index].installed.append(name)
      }
    }
  }
}
