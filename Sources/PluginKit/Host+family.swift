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
  /// All services of this node that the same built-in plugin answers for, this one among them: whoever asks for one
  /// device is going to ask for the others. Just this one where a plugin runs by itself.
  public func family(of plugin: StaticString) -> [Sibling] {
    buffer.families["\(plugin)"] ?? [Sibling(service: service, settings: settings)]
  }
}

extension ReadBuffer {
  /// Says which services each plugin answers for, by the plugin's name.
  public func setFamilies(_ families: [String: [Sibling]]) { self.families = families }
}
