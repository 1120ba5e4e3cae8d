internal import CNetSNMP
internal import EventLoop
internal import Glibc

/// The state of net-snmp that the whole process shares.
@LoopActor
enum Library {
  private static var isReady = false

  /// Initialises the library on first use: it reads no file, keeps no state and logs nothing.
  static func start() {
    if isReady { return }
    isReady = true
    // Errors are returned to the caller. Without any handler the library would write to stderr.
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG)
    for switched in [
      NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
      NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
    ] {
      netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, switched, 1)
    }
    // Objects are named by number: hundreds of MIB files need not be read.
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_MIBDIRS, "")
    // init_snmp sets the locale of the environment; the node works on bytes, in the C locale.
    let locale = setlocale(LC_CTYPE, nil).map { String(cString: $0) }
    init_snmp("apus")
    if let locale { setlocale(LC_CTYPE, locale) }
  }

  /// The set of descriptors that `snmp_sess_read2` needs, with one descriptor at a time. It is never freed or moved: a small
  /// set points into itself.
  private static let descriptors: UnsafeMutablePointer<netsnmp_large_fd_set> = {
    let set = UnsafeMutablePointer<netsnmp_large_fd_set>.allocate(capacity: 1)
    set.initialize(to: netsnmp_large_fd_set())
    netsnmp_large_fd_set_init(set, FD_SETSIZE)
    return set
  }()

  /// Lets the library read one datagram.
  /// - Returns: less than 0 when there was no datagram, or when it was not a message of SNMP.
  static func read(_ handle: UnsafeMutableRawPointer, _ descriptor: Int32) -> Int32 {
    netsnmp_large_fd_setfd(descriptor, descriptors)
    let result = snmp_sess_read2(handle, descriptors)
    netsnmp_large_fd_clr(descriptor, descriptors)
    return result
  }

  private struct Secret: Hashable {
    let method: SNMPUser.Authentication.Method
    let passphrase: String
  }

  /// Keys of passphrases. One costs the hash of a mebibyte, milliseconds; a site's devices mostly share theirs.
  private static var keys: [Secret: [UInt8]] = [:]
  /// With more passphrases than this the table is emptied, and keys are made again when needed.
  private static let mostKeys = 256

  /// The key of a passphrase, not yet localized to an engine (RFC 3414, section 2.6).
  static func key(
    of passphrase: String, by method: SNMPUser.Authentication.Method
  ) -> [UInt8]? {
    let secret = Secret(method: method, passphrase: passphrase)
    if let key = keys[secret] { return key }
    var length = 0
    guard let identifier = sc_get_auth_oid(method.number, &length) else { return nil }
    var key = [UInt8](repeating: 0, count: Int(USM_AUTH_KU_LEN))
    var keyLength = key.count
    let bytes = Array(passphrase.utf8)
    guard
      generate_Ku(identifier, UInt32(length), bytes, bytes.count, &key, &keyLength) == 0
    else { return nil }
    key.removeLast(key.count - keyLength)
    if keys.count >= mostKeys { keys.removeAll() }
    keys[secret] = key
    return key
  }
}

extension SNMPUser.Authentication.Method {
  /// net-snmp's number.
  var number: Int32 {
    switch self {
    case .md5: Int32(NETSNMP_USMAUTH_HMACMD5)
    case .sha: Int32(NETSNMP_USMAUTH_HMACSHA1)
    case .sha224: Int32(NETSNMP_USMAUTH_HMAC128SHA224)
    case .sha256: Int32(NETSNMP_USMAUTH_HMAC192SHA256)
    case .sha384: Int32(NETSNMP_USMAUTH_HMAC256SHA384)
    case .sha512: Int32(NETSNMP_USMAUTH_HMAC384SHA512)
    }
  }
}

extension SNMPUser.Privacy.Method {
  /// net-snmp's number.
  var number: Int32 {
    switch self {
    case .des: Int32(USM_CREATE_USER_PRIV_DES)
    case .aes: Int32(USM_CREATE_USER_PRIV_AES)
    case .aes192: Int32(CNETSNMP_AES192)
    case .aes256: Int32(CNETSNMP_AES256)
    case .aes192c: Int32(CNETSNMP_AES192_CISCO)
    case .aes256c: Int32(CNETSNMP_AES256_CISCO)
    }
  }
}
