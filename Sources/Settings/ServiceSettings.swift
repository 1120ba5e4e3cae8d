internal import MuninWire

/// How one plugin is run: what `plugin-conf.d` says about its service.
public struct ServiceSettings: Sendable, Hashable {
  /// A group the plugin gets; the first one is its primary group.
  public struct Group: Sendable, Hashable {
    public var name: String
    /// Written in parentheses: ignored where it does not exist. Without any other group the plugin
    /// fails.
    public var optional: Bool

    public init(name: String, optional: Bool = false) {
      self.name = name
      self.optional = optional
    }
  }

  /// A variable of the plugin's environment.
  public struct Variable: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A name or a number; the node's default when not set.
  public var user: String?
  /// Empty when not set.
  public var groups: [Group] = []
  /// Run instead of the plugin, without a shell; a word `%c` stands for the plugin's path and its
  /// argument.
  public var command: [String]?
  public var environment: [Variable] = []
  /// The node that the service belongs to.
  public var hostName: String?
  /// Seconds the plugin may run.
  public var timeout: Int?
  public var updateRate: Int?

  public init() {}

  /// All of `env.`, by name, for a built-in plugin.
  public var values: [String: String] {
    Dictionary(environment.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// The value of `env.NAME`.
  public func variable(_ name: String) -> String? {
    environment.first { $0.name == name }?.value
  }

  /// Copies from `other` what is not set here.
  mutating func fill(from other: ServiceSettings) {
    user = user ?? other.user
    if groups.isEmpty { groups = other.groups }
    command = command ?? other.command
    hostName = hostName ?? other.hostName
    timeout = timeout ?? other.timeout
    updateRate = updateRate ?? other.updateRate
    for one in other.environment where variable(one.name) == nil { environment.append(one) }
  }

  fileprivate mutating func set(_ name: String, to value: String) {
    if let index = environment.firstIndex(where: { $0.name == name }) {
      environment[index].value = value
    } else {
      environment.append(Variable(name: name, value: value))
    }
  }
}

extension ServiceSettings {
  mutating func apply(_ directive: Directive) throws(SettingFinding) {
    switch directive.name {
    case "user": user = try directive.word("a user")
    case "group": groups = try Self.groups(directive)
    case "command": command = try directive.text("a command").words()
    case "host_name":
      guard isHostName(directive.value) else { throw directive.expected("a host name") }
      hostName = directive.value
    case "timeout": timeout = try directive.seconds()
    case "update_rate": updateRate = try directive.seconds()
    case _ where directive.name.hasPrefix("env."):
      let name = String(directive.name.dropFirst(4))
      guard !name.isEmpty, !name.contains("=") else {
        throw directive.finding("expected env.NAME, found \(directive.name.quoted)")
      }
      set(name, to: directive.value)
    case "env":
      throw directive.finding(
        "expected env.NAME and a value, found \("env \(directive.value)".quoted)")
    default:
      let hint = suggestion(for: directive.name, among: PluginDirectives.words)
      throw directive.finding("unknown key \(directive.name.quoted)\(hint)")
    }
  }

  private static func groups(_ directive: Directive) throws(SettingFinding) -> [Group] {
    let words = directive.listWords
    let groups = words.map { word in
      let isOptional = word.hasPrefix("(") && word.hasSuffix(")") && word.utf8.count > 2
      return Group(
        name: isOptional ? String(word.dropFirst().dropLast()) : word, optional: isOptional)
    }
    guard !groups.isEmpty,
      !groups.contains(where: { $0.name.contains("(") || $0.name.contains(")") })
    else { throw directive.expected("groups such as 'adm, (proxy)'") }
    return groups
  }
}
