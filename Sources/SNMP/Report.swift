internal import CNetSNMP

/// What a v3 agent sends in place of an answer: why it rejects the request (RFC 3414, section 3.2).
struct Report: Equatable {
  enum Reason: Equatable {
    case unknownEngine
    case notInTimeWindow
    /// A description that starts with the counter's name.
    case other(String)
  }

  var reason: Reason
  /// The agent's engine ID and clock as in the report: not authenticated.
  var engine: [UInt8]
  var boots: UInt32
  var time: UInt32

  init(reading pdu: UnsafeMutablePointer<netsnmp_pdu>) {
    reason = Report.reason(for: snmpv3_get_report_type(pdu))
    engine = []
    boots = 0
    time = 0
    if let bytes = pdu.pointee.securityEngineID, pdu.pointee.securityEngineIDLen > 0 {
      engine = Array(
        UnsafeBufferPointer(start: bytes, count: min(pdu.pointee.securityEngineIDLen, 64)))
      get_enginetime(engine, UInt32(engine.count), &boots, &time, 0)
    }
  }

  private static func reason(for code: Int32) -> Reason {
    switch code {
    case SNMPERR_UNKNOWN_ENG_ID: .unknownEngine
    case SNMPERR_NOT_IN_TIME_WINDOW: .notInTimeWindow
    case SNMPERR_UNKNOWN_USER_NAME: .other("usmStatsUnknownUserNames: the agent has no such user")
    case SNMPERR_AUTHENTICATION_FAILURE:
      .other("usmStatsWrongDigests: wrong passphrase or protocol of authentication")
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
      .other("usmStatsUnsupportedSecLevels: the user has no such authentication or privacy")
    case SNMPERR_DECRYPTION_ERR:
      .other("usmStatsDecryptionErrors: wrong passphrase or protocol of privacy")
    case SNMPERR_BAD_CONTEXT: .other("snmpUnknownContexts: the agent has no such context")
    case SNMPERR_UNKNOWN_SEC_MODEL: .other("snmpUnknownSecurityModels")
    case SNMPERR_INVALID_MSG: .other("snmpInvalidMsgs")
    case SNMPERR_BAD_VERSION: .other("snmpUnknownPDUHandlers")
    default: .other("an unknown report")
    }
  }
}
