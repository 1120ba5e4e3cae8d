/// Certificates made anew for this run, by the script that the integration tests use too: its head says which.
public enum Certificates {
  private static let made: Result<TemporaryFolder, any Error> = Result {
    let folder = try TemporaryFolder()
    let script = fixtures.dropLast("Fixtures".count) + "Integration/peers/certificates"
    let end = try RunningProgram(String(script), [folder.path]).end(within: .seconds(60))
    guard end.status == 0 else { throw NotMade(words: end.errors) }
    return folder
  }

  struct NotMade: Error { let words: String }

  public static func path(_ name: String) throws -> String { "\(try made.get().path)/\(name)" }
}
