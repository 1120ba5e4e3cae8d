public import EventLoop

/// Why a connection could not be secured.
public struct TLSFailure: Error, Sendable, CustomStringConvertible {
  public enum Cause: Sendable, Hashable {
    /// The connection itself failed.
    case connection(IOError)
    /// The other side did not want us, and has said so.
    case refusedByPeer
    /// As server, this side has no certificate to show.
    case noCertificate
    /// The other side is not who it should be.
    case unwelcomePeer
    /// What came was no handshake, or a bad one.
    case badHandshake
  }

  public let cause: Cause
  /// What failed, and what to mend.
  public let description: String
  /// What the other side has sent behind the handshake.
  public internal(set) var leftover: [UInt8] = []

  init(_ cause: Cause, _ description: String) {
    self.cause = cause
    self.description = description
  }

  /// Whether neither side has shown anything that asks for more than plain text: no key here, or a peer that
  /// broke off in good order. munin's `auto` then goes on in plain text, at both ends.
  public var leavesPlainText: Bool { cause == .refusedByPeer || cause == .noCertificate }
}
