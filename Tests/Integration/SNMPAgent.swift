import Foundation

/// net-snmp's snmpd as a UPS.
final class SNMPAgent {
  /// What the settings of a service say to reach it in each way, and which level that is.
  static let ways: [(name: String, settings: [String])] = [
    ("v1", ["version=1"]), ("v2c", ["version=2c"]), ("noAuth", user("open")),
    ("SHA", user("sha", "sha")), ("SHA-256", user("sha256", "sha256")),
    ("SHA, AES", user("aes", "sha", "aes")),
    ("SHA-512, AES-256", user("aes256", "sha512", "aes256")),
    ("MD5, DES", user("des", "md5", "des")),
  ]

  let port: Int
  private let scratch: Scratch
  private let name: String
  private let product: String
  private(set) var program: RunningProgram

  /// - Parameter product: its sysObjectID; an APC's is 1.3.6.1.4.1.318.1.3.27.
  init(
    in scratch: Scratch, name: String = "agent", product: String = "1.3.6.1.2.1.33",
    extra: String = ""
  )
    async throws
  {
    self.scratch = scratch
    self.name = name
    self.product = product
    try scratch.write(extra, to: "\(name)/extra.conf")
    program = try Self.start("\(scratch.path)/\(name)", 0, product, scratch)
    port = try await program.port()
  }

  private static func start(_ folder: String, _ port: Int, _ product: String, _ scratch: Scratch)
    throws -> RunningProgram
  {
    try RunningProgram(Project.peer("snmp-agent"), [folder, "\(port)", product], in: scratch)
  }

  /// `online`, `battery` or `low`.
  func becomes(_ state: String) throws { try scratch.write(state, to: "\(name)/state") }

  func end() async throws { try await program.end() }

  /// - Parameter forgetting: whether it has lost what it keeps over a restart: who it is and how often it started.
  func starts(forgetting: Bool) async throws {
    if forgetting {
      try FileManager.default.removeItem(atPath: "\(scratch.path)/\(name)/persistent")
    }
    program = try Self.start("\(scratch.path)/\(name)", port, product, scratch)
    _ = try await program.port()
  }

  /// The settings of a v3 user as the script makes them.
  static func user(_ name: String, _ authentication: String? = nil, _ privacy: String? = nil)
    -> [String]
  {
    var words = ["version=3", "v3username=\(name)"]
    if let authentication {
      words += ["v3authprotocol=\(authentication)", "v3authpassword=authentic-\(name)"]
    }
    if let privacy { words += ["v3privprotocol=\(privacy)", "v3privpassword=private-\(name)"] }
    return words
  }
}
