internal import CNetSNMP

/// What a v3 agent says in place of an answer: why it does not take the request (RFC 3414, section 3.2).
struct Report: Equatable {
  enum Reason: Equatable {
    case unknownEngine
    case notInTimeWindow
    /// In words, the counter's name first.
    case other(String)
  }

  var reason: Reason
  /// Who the agent is, and its clock, as the report has it: not proved by any key.
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
    case SNMPERR_UNKNOWN_USER_NAME: .other("usmStatsUnknownUserNames: it knows no such user")
    case SNMPERR_AUTHENTICATION_FAILURE:
      .other("usmStatsWrongDigests: wrong passphrase or protocol of authentication")
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
      .other("usmStatsUnsupportedSecLevels: the user has no such authentication or privacy")
    case SNMPERR_DECRYPTION_ERR:
      .other("usmStatsDecryptionErrors: wrong passphrase or protocol of privacy")
    case SNMPERR_BAD_CONTEXT: .other("snmpUnknownContexts: it has no such context")
    case SNMPERR_UNKNOWN_SEC_MODEL: .other("snmpUnknownSecurityModels")
    case SNMPERR_INVALID_MSG: .other("snmpInvalidMsgs")
    case SNMPERR_BAD_VERSION: .other("snmpUnknownPDUHandlers")
    default: .other("a report that SNMP does not have")
    }
  }
}
