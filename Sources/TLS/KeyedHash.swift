internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104): shows that a message was made by somebody who knows a key.
public enum KeyedHash {
  /// - Returns: 32 bytes.
  public static func sha256(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let made = HMAC(
      EVP_sha256(), key, Int32(key.count), message, message.count, &hash, &count)
    precondition(made != nil, "HMAC: out of memory")
    return Array(hash.prefix(Int(count)))
  }

  /// Whether two hashes are the same. The time that it takes does not tell how much of a forged one is right.
  public static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
  }
}
