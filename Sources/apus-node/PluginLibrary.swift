internal import Daemon
internal import EventLoop
internal import Glibc
internal import MuninWire
internal import Node
internal import PluginKit
internal import Plugins
internal import Terminal

/// A plugin that could be used: one of this program, or a file of munin's library.
struct KnownPlugin {
  var name: String
  /// The target of a link that makes it a service.
  var path: String
  var isBuiltIn: Bool
  var family: String
  var capabilities: Set<String>
  /// The services that use it now.
  var installed: [String] = []
  /// Who answers for such a service.
  var answerers: [String: String] = [:]

  var isWildcard: Bool { name.hasSuffix("_") || (isBuiltIn && isSNMP) }
  /// `snmp__load` becomes `snmp_HOST_load`: only a probe of the host can suggest it.
  var isSNMP: Bool { name.hasPrefix("snmp__") || name.hasPrefix("snmpv3__") }

  /// The part of a service's name that is its own.
  func suffix(of service: String) -> String? {
    isWildcard ? FamilyName(name)?.suffix(of: service) : nil
  }
}

/// The plugins of this program and of munin's library, and which of them are in use.
@LoopActor
struct PluginLibrary {
  var plugins: [KnownPlugin] = []
  /// Folders at default places that cannot be read and were left out.
  private(set) var unread: [FileFailure] = []
  private let services: ServiceList

  /// - Parameters:
  ///   - places: munin's library and the service directory, where there are any.
  ///   - services: who answers for links.
  ///   - program: the path of this program.
  init(
    _ places: NodeProgram.Places, services: ServiceList, program: String
  ) async throws(FileFailure) {
    self.services = services
    for plugin in builtIn {
      let name = "\(plugin.description.name)"
      plugins.append(
        KnownPlugin(
          name: name, path: program, isBuiltIn: true, family: "auto",
          capabilities: FamilyName(name) != nil ? ["autoconf", "suggest"] : ["autoconf"]))
    }
    if let place = places.library {
      try forgiving(place) { (library: inout PluginLibrary) throws(FileFailure) in
        try library.read(place.path)
      }
    }
    plugins.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    guard let place = places.services else { return }
    await services.lookAtStockLinks()
    try forgiving(place) { (library: inout PluginLibrary) throws(FileFailure) in
      try library.readLinks(in: place.path, program: program)
    }
  }

  /// Leaves out a folder at a default place that this user may not read.
  private mutating func forgiving(
    _ place: NodeProgram.Place, _ body: (inout PluginLibrary) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    do throws(FileFailure) { try body(&self) } catch {
      guard place.isDefault else { throw error }
      unread.append(error)
    }
  }

  /// Adds munin's plugins, except those with the name of a built-in one.
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
  nonisolated static func markers(in bytes: [UInt8]) -> (family: String, capabilities: Set<String>)
  {
    var family = "contrib"
    var capabilities: Set<String> = []
    for line in bytes.split(separator: 0x0A) {
      guard let mark = line.span.range(of: "#%#".utf8) else { continue }
      let text = String(decoding: line.dropFirst(mark.upperBound), as: UTF8.self)
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
      if let index = paths[target] {
        plugins[index].installed.append(name)
        plugins[index].answerers[name] = answerer(of: name, target: target)
      } else if let plugin = FamilyName.plugin(named: name, among: builtIn),
        let index = plugins.firstIndex(where: { $0.name == "\(plugin.description.name)" })
      {
        plugins[index].installed.append(name)
        plugins[index].answerers[name] =
          target == program ? "built-in" : answerer(of: name, target: target)
      } else {
        // A plugin that is in no library.
        plugins.append(
          KnownPlugin(
            name: name, path: target, isBuiltIn: false, family: "contrib", capabilities: [],
            installed: [name], answerers: [name: answerer(of: name, target: target)]))
      }
    }
    plugins.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The same words as those of `check`, and what the daemon does.
  private func answerer(of service: String, target: String) -> String {
    if let reason = services.reasonForLeavingOut(service) { return "not offered: \(reason)" }
    return switch services.stockVerdict(on: service) {
    case .builtIn: "built-in, for \(target)"
    case .script(let reason): "script: \(reason)"
    case .notStock: "script \(target)"
    }
  }
}

extension KnownPlugin {
  /// The services that use it, and who answers for them: `built-in`; `eth0 eth1 (built-in)`.
  var usage: String {
    guard isWildcard else {
      return installed.compactMap { answerers[$0] }.joined(separator: ", ")
    }
    var texts: [String] = []
    var suffixes: [String: [String]] = [:]
    for service in installed {
      let text = answerers[service] ?? ""
      if suffixes[text] == nil { texts.append(text) }
      suffixes[text, default: []].append(suffix(of: service) ?? service)
    }
    return texts.map { text in
      let list = suffixes[text, default: []].joined(separator: " ")
      return text.isEmpty ? list : "\(list) (\(text))"
    }.joined(separator: ", ")
  }
}
