package import PluginKit

/// A family's name, which stands for one service per thing: `if_` for `if_eth0`, `snmp__ups` for `snmp_HOST_ups`.
package struct FamilyName {
  let start: String
  let end: String

  /// - Returns: `nil` when the plugin is one service and no family.
  package init?(_ plugin: BuiltIn) { self.init("\(plugin.description.name)") }

  package init?(_ name: String) {
    if name.hasPrefix("snmp__") {
      start = "snmp_"
      end = String(name.dropFirst(5))
    } else if name.hasSuffix("_") {
      start = name
      end = ""
    } else {
      return nil
    }
  }

  /// What a service's name says beside the family's own; `nil` for another family's service.
  package func suffix(of service: String) -> String? {
    guard service.hasPrefix(start), service.hasSuffix(end),
      service.utf8.count > start.utf8.count + end.utf8.count
    else { return nil }
    return String(service.dropFirst(start.count).dropLast(end.count))
  }

  func service(for suffix: String) -> String { start + suffix + end }
}

extension FamilyName {
  /// The plugin that a service's name means: `if_err_eth0` begins like `if_` too, and the longest name is meant.
  package static func plugin(named name: String, among plugins: [BuiltIn]) -> BuiltIn? {
    plugins.filter { isNamed(name, $0) }.max {
      $0.description.name.utf8CodeUnitCount < $1.description.name.utf8CodeUnitCount
    }
  }

  /// Whether a service's name is a plugin's, or that of one of its family. A family has no service of its bare name.
  static func isNamed(_ name: String, _ plugin: BuiltIn) -> Bool {
    guard let family = FamilyName(plugin) else { return name == "\(plugin.description.name)" }
    return family.suffix(of: name) != nil
  }
}
