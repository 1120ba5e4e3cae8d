import Settings
import TestSupport

extension Certificates {
  /// Settings for one side; `nil` for a file that is not there.
  static func settings(
    _ own: String?, ca: String? = "ca.pem", _ mode: TLSSettings.Mode = .enabled,
    verify: Bool = false, depth: Int = 5
  ) throws -> TLSSettings {
    var settings = TLSSettings(mode: mode, pem: try own.map(path) ?? "/nonexistent/own.pem")
    settings.caCertificate = try ca.map(path) ?? "/nonexistent/ca.pem"
    settings.verifyCertificate = verify
    settings.verifyDepth = depth
    return settings
  }
}
