/// The picture that a mail is to show. It is drawn when the mail is delivered: a poll does not wait for it, and the ledger holds
/// no pictures.
public struct PictureOrder: Sendable, Hashable {
  /// The node, `group;host`.
  public let node: String
  public let graph: String
  /// The name of the picture's file in the mail.
  public let name: String

  public init(node: String, graph: String, name: String) {
    self.node = node
    self.graph = graph
    self.name = name
  }
}

/// Draws the pictures of mails.
public protocol PictureSource: Sendable {
  /// The picture as of now; `nil` where it cannot be drawn: the mail goes out without it rather than not at all.
  func picture(of order: PictureOrder) async -> MailPicture?
}
