/// What the buttons of the page order.
public enum AlertPageOrder: Sendable, Hashable {
  case acknowledge(why: String)
  case silence(hours: Int, why: String)
  case unsilence

  /// The longest silence of the page; the command takes longer ones.
  public static let mostHours = 168
  /// The longest reason, in bytes.
  public static let mostReasonBytes = 500
}

/// What became of an order.
public enum AlertReceipt: Sendable, Hashable {
  /// Its number; the link's own fields, for the address of the page.
  case taken(Int, query: String)
  /// The link does not open the page.
  case refused(String)
  /// The link is right, and the order is not possible.
  case impossible(String)
  /// The contact has given too many orders.
  case tooMany(String)
  /// The ledger cannot be written.
  case failed(String)
}
