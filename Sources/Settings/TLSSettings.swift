/// How a connection is secured; node and master use the same words.
public struct TLSSettings: Sendable, Hashable {
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case disabled, auto, enabled, paranoid
  }

  public var mode: Mode
  public var privateKey: String
  public var certificate: String
  public var caCertificate = "/etc/munin/cacert.pem"
  public var verifyCertificate = false
  public var verifyDepth = 5
  /// Searched in the names of the peer's certificate.
  public var match: PatternSetting?

  public init(mode: Mode, pem: String) {
    self.mode = mode
    privateKey = pem
    certificate = pem
  }

  static let directives = [
    "tls", "tls_private_key", "tls_certificate", "tls_ca_certificate", "tls_verify_certificate",
    "tls_verify_depth", "tls_match",
  ]

  /// Sets what one of `directives` says.
  mutating func apply(_ directive: Directive) throws(SettingFinding) {
    switch directive.name {
    case "tls": mode = try directive.choice(Mode.self)
    case "tls_private_key": privateKey = try directive.absolutePath()
    case "tls_certificate": certificate = try directive.absolutePath()
    case "tls_ca_certificate": caCertificate = try directive.absolutePath()
    case "tls_verify_certificate": verifyCertificate = try directive.flag()
    case "tls_verify_depth": verifyDepth = try directive.whole(in: 0...100)
    case "tls_match": match = directive.pattern
    default: preconditionFailure("not a TLS directive: \(directive.name)")
    }
  }
}
