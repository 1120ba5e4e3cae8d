public import Ledger

#if TLS
  internal import TLS
#endif

/// The key that signs addresses in messages. It is made once, at random, and stays in the ledger: whoever can read it can acknowledge and silence
/// in the name of every contact.
public struct LinkKey: Sendable {
  private let bytes: [UInt8]

  private static let length = 32
  /// RFC 2104, section 5: not less than half of the hash. An address in a mail should stay short.
  private static let signatureLength = 16

  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "links", version: 1,
      sql: """
        CREATE TABLE link_key (
          number INTEGER PRIMARY KEY CHECK (number = 1),
          key BLOB NOT NULL
        ) STRICT;
        """)
  ]

  /// - Parameter bytes: 32.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The ledger's key; makes it where there is none yet.
  public static func inLedger(
    _ transaction: borrowing Transaction
  ) throws(LedgerError) -> LinkKey {
    let known = try transaction.query("SELECT key FROM link_key").first?[0].blob
    if let known, known.count == length { return LinkKey(known) }
    // The kernel's random numbers.
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    try transaction.execute("INSERT OR REPLACE INTO link_key VALUES (1, ?)", [.blob(bytes)])
    return LinkKey(bytes)
  }

  /// Whether addresses can be signed: by OpenSSL, which a build can leave out.
  public static var canSign: Bool { WebhookRoute.canSign }

  /// 32 hexadecimal digits; `nil` where nothing can be signed.
  func signature(of text: String) -> String? {
    #if TLS
      hexadecimal(
        KeyedHash.sha256(of: Array(text.utf8), key: bytes).prefix(Self.signatureLength))
    #else
      nil
    #endif
  }

  /// Whether a text was signed with this key.
  func accepts(_ signature: String, of text: String) -> Bool {
    #if TLS
      guard let right = self.signature(of: text) else { return false }
      return KeyedHash.isEqual(Array(signature.utf8), Array(right.utf8))
    #else
      return false
    #endif
  }
}

/// Two digits for each byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
