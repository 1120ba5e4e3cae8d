/// Messages to a contact that its `rate_limit` holds back, as pages show them.
public struct HeldMessages: Sendable, Hashable {
  public var contact: String
  /// When they are told in one message, in seconds since 1970.
  public var until: Int
  /// Of how many incidents they tell.
  public var incidents: Int

  public init(contact: String, until: Int, incidents: Int) {
    self.contact = contact
    self.until = until
    self.incidents = incidents
  }
}
