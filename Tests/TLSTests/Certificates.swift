import Foundation
import Settings
import TestSupport

/// Certificates made anew for this run, by the script that the integration tests use too.
enum Certificates {
  private static let made: Result<TemporaryFolder, any Error> = Result {
    let folder = try TemporaryFolder()
    let script = fixtures.replacingOccurrences(
      of: "Tests/Fixtures", with: "Tests/Integration/peers/certificates")
    let end = try RunningProgram(script, [folder.path]).end(within: .seconds(60))
    guard end.status == 0 else { throw NotMade(words: end.errors) }
    return folder
  }

  struct NotMade: Error { let words: String }

  static func path(_ name: String) throws -> String { "\(try made.get().path)/\(name)" }

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
