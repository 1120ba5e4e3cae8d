/// How much effort a node is worth that does not answer.
public enum Backoff {
  /// After so many failed polls in a row a node counts as dead.
  private static let tolerated = 3
  /// One probe in so many has the limits of a poll, for a node that is back but slow to greet.
  private static let patient = 10

  /// Whether a poll is only a probe: to connect and to read the banner has a short limit. A node that answers is polled whole.
  /// - Parameter missed: how many polls in a row have failed.
  public static func isProbe(missed: Int) -> Bool { missed >= tolerated && missed % patient != 0 }
}
