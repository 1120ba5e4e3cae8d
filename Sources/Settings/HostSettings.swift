/// One node as munin.conf describes it.
public struct HostSettings: Sendable, Hashable {
  /// From the outermost inwards.
  public var groups: [String]
  public var name: String
  /// As written; empty for a host that is never polled.
  public var address: String
  /// `address` understood, with `port` for the forms that have none; `nil` without an address.
  public var endpoint: NodeAddress?
  public var port: Int
  /// Whether the host is polled. A host that is not may still have graphs made of others' data.
  public var update = true
  /// Ask for the name of the node's banner instead of `name`.
  public var useNodeName = false
  /// Ask for the node's own services without any name.
  public var useDefaultNode = false
  /// The name in messages.
  public var notifyAlias: String?
  public var localAddress: String?
  public var tls = TLSSettings(mode: .disabled, pem: "/etc/munin/munin.pem")
  /// What stands directly below the host, without what it inherits.
  public var attributes: [String: String] = [:]
  /// Where the host appears first.
  public var file = ""
  public var line = 0

  public init(groups: [String], name: String, address: String = "", port: Int = 4949) {
    self.groups = groups
    self.name = name
    self.address = address
    self.port = port
    endpoint = address.isEmpty ? nil : NodeAddress(address, port: port)
  }

  /// `group;sub;host`: the host's name among all hosts, the same as long as munin.conf says so.
  public var path: String { (groups + [name]).joined(separator: ";") }

  var place: SettingPath { SettingPath(groups: groups, host: name) }
}
