internal import MuninWire

/// One node as munin.conf describes it.
public struct HostSettings: Sendable, Hashable {
  /// From the outermost inwards.
  public var groups: [String]
  public var name: String
  /// As written; empty for a host that is never polled.
  public var address: String
  /// `address` understood, with `port` for the forms that have none; `nil` without a valid address.
  public var endpoint: NodeAddress?
  public var port: Int
  /// Seconds between two polls, where a service has no `update_rate` of its own.
  public var updateRate = 300
  /// Whether the times of its values are rounded down to multiples of ``updateRate``.
  public var isAligned = false
  /// Whether the host is polled. A host that is not may still have graphs made of others' data.
  public var update = true
  /// Ask for the name of the node's banner instead of `name`.
  public var useNodeName = false
  /// Ask for the node's own services without any name.
  public var useDefaultNode = false
  /// The name in messages.
  public var notifyAlias: String?
  /// The path of the node through which this one is reached.
  public var parent: String?
  public var localAddress: String?
  /// What reaches a node by `ssh://`: a program and its options, both as a shell reads them.
  public var sshCommand = HostSettings.standardSSH.command
  public var sshOptions = HostSettings.standardSSH.options
  public var tls = TLSSettings(mode: .disabled, pem: "/etc/munin/munin.pem")
  /// Why the node is not polled although `update` is yes, such as a key that cannot be read. Set by the code that opens the files.
  public var obstacle: String?
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

  /// munin's defaults.
  static let standardSSH = (
    command: "ssh", options: "-o ChallengeResponseAuthentication=no -o StrictHostKeyChecking=no"
  )

  var place: SettingPath { SettingPath(groups: groups, host: name) }
}

extension HostSettings {
  /// What the tree says of a host, with what it inherits.
  init(place: SettingPath, name: String, in tree: SettingTree, first: Directive) {
    func value(_ word: String) -> String? { tree.inherited(word, at: place)?.value }
    func flag(_ word: String) -> Bool? { value(word).flatMap(Directive.flag) }
    let port = value("port").map { wholeNumber($0) ?? 0 } ?? 4949
    self.init(
      groups: place.groups, name: name, address: tree.own("address", at: place)?.value ?? "",
      port: port)
    // Another port could be another node, whose values would go into this one's history.
    if !(1...65535).contains(port) { endpoint = nil }
    update = flag("update") ?? true
    if let rate = value("update_rate").flatMap(UpdateRate.init) {
      updateRate = rate.seconds
      isAligned = rate.isAligned
    }
    useNodeName = flag("use_node_name") ?? false
    useDefaultNode = flag("use_default_node") ?? false
    notifyAlias = tree.own("notify_alias", at: place)?.value
    localAddress = value("local_address").flatMap { $0 == "0" ? nil : $0 }
    sshCommand = value("ssh_command") ?? sshCommand
    sshOptions = value("ssh_options") ?? sshOptions
    for word in TLSSettings.directives {
      guard let directive = tree.inherited(word, at: place) else { continue }
      do throws(SettingFinding) {
        try tls.apply(directive.named(word))
      } catch {
        // It was reported when it was read.
        obstacle = obstacle ?? error.description
      }
    }
    file = first.file
    line = first.line
  }
}
