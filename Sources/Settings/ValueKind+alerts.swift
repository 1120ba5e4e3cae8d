internal import MuninWire

/// Values of the directives that are about incidents and contacts.
extension ValueKind {
  static let writtenRange = parsed("RANGE") { line throws(SettingFinding) in
    guard WrittenRange(line.value) != nil else {
      throw line.expected("a range such as 10, 5:10, :10 or :80%")
    }
  }
  static let hold = parsed("N of M") { line throws(SettingFinding) in
    guard parseHold(line.value) != nil else {
      throw line.expected("N of M, with M at most 16, such as 2 of 3")
    }
  }
  static let rateRange = parsed("RANGE/TIME") { line throws(SettingFinding) in
    guard parseRateRange(line.value) != nil else {
      throw line.expected("a range and a time such as :50/min")
    }
  }
  static let trend = parsed("YES|NO|DURATION") { line throws(SettingFinding) in
    let seconds = parseTimeSpan(line.value.utf8.span)
    guard Directive.flag(line.value) != nil || (60...31_536_000).contains(seconds ?? 0) else {
      throw line.expected("yes, no or a time from a minute to a year such as 6h")
    }
  }
  static let duration = parsed("DURATION") { line throws(SettingFinding) in _ = try line.duration()
  }
  static let durationOrZero = parsed("SECONDS") { line throws(SettingFinding) in
    _ = try line.shortDuration()
  }
  static let countInTimeOrNo = parsed("N in DURATION|no") { line throws(SettingFinding) in
    _ = try line.countInTimeOrNo()
  }
  static let spans = parsed("TIMES") { line throws(SettingFinding) in _ = try line.spans() }
  static let zone = parsed("ZONE") { line throws(SettingFinding) in _ = try line.zone() }
  static let digest = parsed("HH:MM|hourly") { line throws(SettingFinding) in
    _ = try line.digestTime()
  }
  static let toldSteps = parsed("STEPS") { line throws(SettingFinding) in _ = try line.toldSteps() }
  static let escalation = parsed("DURATION NAME") { line throws(SettingFinding) in
    _ = try line.escalation()
  }
  static let url = parsed("URL") { line throws(SettingFinding) in _ = try line.webAddress() }
  static let webURL = parsed("URL") { line throws(SettingFinding) in _ = try line.pagesAddress() }
  static let mediaType = parsed("TYPE") { line throws(SettingFinding) in _ = try line.mediaType() }
  static let headers = parsed("NAME: TEXT") { line throws(SettingFinding) in
    _ = try line.webhookHeaders()
  }
  static let heartbeat = parsed("[GET|POST] URL") { line throws(SettingFinding) in
    _ = try line.heartbeatCall()
  }
  static let heartbeatMail = parsed("HH:MM NAME...") { line throws(SettingFinding) in
    _ = try line.heartbeatMail()
  }
  static let mailServers = parsed("smtp://HOST:PORT...") { line throws(SettingFinding) in
    _ = try line.mailServers()
  }
  static let host = parsed("NAME") { line throws(SettingFinding) in _ = try line.hostName() }
}
