/// When a mail that was not delivered is attempted again, and when it is given up.
///
/// These are constants: what an operator decides is where mails go. A mail server that is down for a night or a weekend
/// loses nothing, and one that comes back is found again within the hour.
enum OutboxRetryTimes {
  /// The wait after the first failed attempt, in seconds. It doubles after each further one: 1, 2, 4, … minutes.
  static let firstWait = 60

  /// The longest wait between two attempts, in seconds: an hour.
  static let longestWait = 3600

  /// How long a mail is attempted, in seconds: three days. Then it is kept as failed and told in the log.
  static let givenUpAfter = 3 * 86_400

  /// How long a mail that was given up is kept, in seconds: 30 days. Until then `Outbox.retryFailed` makes it due again while its incident lasts.
  static let keptWhenFailed = 30 * 86_400

  /// The wait after so many failed attempts, in seconds.
  static func wait(after attempts: Int) -> Int {
    // Beyond six doublings the longest wait is reached, and a shift stays small.
    min(firstWait << min(max(attempts - 1, 0), 6), longestWait)
  }

  /// The wait of a message that others were tried for, in seconds: as long as it has waited, so that it doubles too.
  static func wait(atAge age: Int) -> Int { min(max(age, firstWait), longestWait) }
}
