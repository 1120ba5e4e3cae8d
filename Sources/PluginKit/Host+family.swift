/// Another service of the same plugin, with its settings.
public struct Sibling: Sendable {
  public let service: String
  public let settings: [String: String]

  public init(service: String, settings: [String: String]) {
    self.service = service
    self.settings = settings
  }
}

extension Host {
  /// All services of this node that the same built-in plugin answers, this one included: a master that asks for one
  /// device asks for the others too. Only this one where a plugin runs alone (`apus-node run`).
  public func family(of plugin: StaticString) -> [Sibling] {
    buffer.families["\(plugin)"] ?? [Sibling(service: service, settings: settings)]
  }
}

extension ReadBuffer {
  /// Sets the services that each plugin answers, by the plugin's name.
  public func setFamilies(_ families: [String: [Sibling]]) { self.families = families }
}
