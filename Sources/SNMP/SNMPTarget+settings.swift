public import EventLoop

extension SNMPTarget {
  /// A target from the settings of munin's SNMP plugins, without their `env.`: `version` (1, 2, 2c, 3; munin's default
  /// is 2), `community` (public), `timeout` in seconds, `retries`, `domain`, and for v3 `v3username`, `v3authpassword`,
  /// `v3authprotocol` (md5), `v3privpassword`, `v3privprotocol` (des), `v3context`. An empty setting counts as not set.
  ///
  /// The caller has resolved `host` and `port` into the address.
  /// - Throws: ``SNMPError/badSetting(name:expected:found:)``, never with a passphrase in it.
  public init(settings: [String: String], address: SocketAddress) throws(SNMPError) {
    let words = SettingWords(settings)
    let timeout = try words.seconds("timeout", in: 0.01...60) ?? .seconds(1)
    let retries = try words.whole("retries", in: 0...10) ?? 2
    try words.checkDomain(of: address)
    let community = words["community"] ?? "public"
    let version: Version
    switch words["version"]?.lowercased() {
    case "1", "v1", "snmpv1": version = .v1(community: community)
    case nil, "2", "2c", "v2c", "snmpv2c": version = .v2c(community: community)
    case "3", "v3", "snmpv3": version = .v3(try words.user())
    case let other?:
      throw .badSetting(name: "version", expected: "1, 2c or 3", found: other)
    }
    self.init(address: address, version: version, timeout: timeout, retries: retries)
  }
}

/// Settings by their names.
private struct SettingWords {
  private let settings: [String: String]

  init(_ settings: [String: String]) { self.settings = settings }

  subscript(_ name: String) -> String? {
    settings[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func seconds(_ name: String, in range: ClosedRange<Double>) throws(SNMPError) -> Duration? {
    guard let text = self[name] else { return nil }
    guard let number = Double(text), range.contains(number) else {
      throw .badSetting(
        name: name, expected: "seconds from \(range.lowerBound) to \(Int(range.upperBound))",
        found: text)
    }
    return .milliseconds(Int64((number * 1000).rounded()))
  }

  func whole(_ name: String, in range: ClosedRange<Int>) throws(SNMPError) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .badSetting(
        name: name, expected: "a number from \(range.lowerBound) to \(range.upperBound)",
        found: text)
    }
    return number
  }

  func checkDomain(of address: SocketAddress) throws(SNMPError) {
    guard let text = self["domain"] else { return }
    let isFour = !address.host.contains(":")
    switch text.lowercased() {
    case "udp", "udp4", "udp/ipv4": if isFour { return }
    case "udp6", "udp/ipv6": if !isFour { return }
    default: throw .badSetting(name: "domain", expected: "udp or udp6", found: text)
    }
    throw .badSetting(
      name: "domain", expected: "\(isFour ? "udp" : "udp6") for the address \(address.host)",
      found: text)
  }

  func user() throws(SNMPError) -> SNMPUser {
    guard let name = self["v3username"] else {
      throw .badSetting(name: "v3username", expected: "a name, for version 3", found: "")
    }
    guard name.utf8.count <= 32 else {
      throw .badSetting(name: "v3username", expected: "at most 32 characters", found: name)
    }
    var privacy: SNMPUser.Privacy?
    if let passphrase = try passphrase("v3privpassword") {
      let method = try method("v3privprotocol", SNMPUser.Privacy.Method.des)
      privacy = SNMPUser.Privacy(method, passphrase: passphrase)
    }
    var authentication: SNMPUser.Authentication?
    // Privacy needs authentication; munin uses the one passphrase for both.
    if let passphrase = try passphrase("v3authpassword") ?? privacy?.passphrase {
      let method = try method("v3authprotocol", SNMPUser.Authentication.Method.md5)
      authentication = SNMPUser.Authentication(method, passphrase: passphrase)
    }
    return SNMPUser(
      name, authentication: authentication, privacy: privacy, context: self["v3context"] ?? "")
  }

  private func passphrase(_ name: String) throws(SNMPError) -> String? {
    guard let text = self[name] else { return nil }
    guard text.utf8.count >= 8 else {
      throw .badSetting(
        name: name, expected: "at least 8 characters", found: "\(text.utf8.count) characters")
    }
    return text
  }

  /// `SHA-256`, `sha256` and `Sha_256` mean the same.
  private func method<Method: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ usual: Method
  ) throws(SNMPError) -> Method {
    guard let text = self[name] else { return usual }
    var word = text.lowercased().filter { $0 != "-" && $0 != "_" }
    if word == "sha1" { word = "sha" }
    if word == "aes128" { word = "aes" }
    guard let method = Method(rawValue: word) else {
      let words = Method.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badSetting(name: name, expected: "one of \(words)", found: text)
    }
    return method
  }
}
