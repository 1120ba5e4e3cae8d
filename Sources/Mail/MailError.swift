/// A setting of the mail that cannot be used.
public struct MailError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
