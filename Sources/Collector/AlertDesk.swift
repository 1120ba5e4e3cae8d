public import EventLoop

/// What the page of a signed link asks of the collector, and what it orders.
@LoopActor public protocol AlertDesk: Sendable {
  /// Looks at the incident of a link. It changes nothing: mail scanners open links.
  /// - Parameters:
  ///   - field: the fields of the request.
  ///   - order: the number of an order that this link has given, to say what became of it.
  func look(_ field: (String) -> String?, after order: Int?) async -> AlertAccess
  /// Carries out what a contact orders by the buttons of the page.
  func give(_ order: AlertPageOrder, _ field: (String) -> String?) async -> AlertReceipt
}

/// Whether a link opens the page.
public enum AlertAccess: Sendable {
  case granted(AlertView)
  /// Why not.
  case refused(String)
}
