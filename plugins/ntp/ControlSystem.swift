internal import MuninWire

/// The system variables of ntpd, from its answer to ``variables``.
struct ControlSystem: Equatable {
  static let variables: StaticString =
    "leap,stratum,rootdelay,rootdisp,refid,reftime,clock,offset,frequency,sys_jitter,version"

  var system = NTPSnapshot.System()
  var version: String?
  /// The daemon's clock, in seconds since 1900.
  var clock: Double?

  /// - Parameter status: the word that comes with the answer, whose top bits are the leap status.
  init(status: UInt16, _ text: Span<UInt8>) {
    system.leap = Int(status >> 14)
    var set: Double?
    var reader = VariableReader()
    while let (name, value) = reader.next(in: text) {
      let name = text.extracting(name)
      if name.isEqual(to: "stratum") {
        system.stratum = text.wholeNumber(value, upTo: 16)
      } else if name.isEqual(to: "rootdelay") {
        system.rootDelay = text.milliseconds(value)
      } else if name.isEqual(to: "rootdisp") || name.isEqual(to: "rootdispersion") {
        system.rootDispersion = text.milliseconds(value)
      } else if name.isEqual(to: "refid") {
        system.reference = text.plainText(value)
      } else if name.isEqual(to: "reftime") {
        set = text.timestamp(value)
      } else if name.isEqual(to: "clock") {
        clock = text.timestamp(value)
      } else if name.isEqual(to: "offset") || name.isEqual(to: "phase") {
        system.offset = text.milliseconds(value)
      } else if name.isEqual(to: "frequency") {
        system.frequency = parseNumber(text.extracting(value))
      } else if name.isEqual(to: "sys_jitter") || name.isEqual(to: "jitter") {
        system.jitter = text.milliseconds(value)
      } else if name.isEqual(to: "version") {
        version = text.plainText(value)
      }
    }
    if let set, let clock, clock >= set { system.sinceSync = clock - set }
    // The protocol writes "unspecified" as stratum 0.
    if system.stratum == 0 { system.stratum = 16 }
    // Before the daemon is synchronised it sends an offset of 0 that was never measured.
    if system.leap == 3 { system.forgetMeasurements() }
  }
}

extension Association {
  static let variables: StaticString =
    "srcadr,srchost,refid,stratum,hpoll,ppoll,reach,delay,offset,jitter,dispersion,rec,reftime,hmode"

  /// An association of ntpd; `nil` for the entry of a pool itself, which is not a source of time, and for an answer
  /// without an address.
  /// - Parameters:
  ///   - status: the association's status word.
  ///   - clock: the daemon's time, in seconds since 1900.
  init?(status: UInt16, _ text: Span<UInt8>, clock: Double?) {
    var address: String?
    var named: String?
    var hostPoll: Int?
    var peerPoll: Int?
    var dispersion: Double?
    var heard: Double?
    self.init(name: "")
    var reader = VariableReader()
    while let (name, value) = reader.next(in: text) {
      let name = text.extracting(name)
      if name.isEqual(to: "srcadr") {
        address = text.plainText(value)
      } else if name.isEqual(to: "srchost") {
        named = value.isEmpty ? nil : text.plainText(value)
      } else if name.isEqual(to: "refid") {
        reference = text.plainText(value)
      } else if name.isEqual(to: "stratum") {
        stratum = text.wholeNumber(value, upTo: 16)
      } else if name.isEqual(to: "hpoll") {
        hostPoll = text.wholeNumber(value, upTo: 36)
      } else if name.isEqual(to: "ppoll") {
        peerPoll = text.wholeNumber(value, upTo: 36)
      } else if name.isEqual(to: "reach") {
        reach = text.wholeNumber(value, upTo: 255).map { UInt8($0) }
      } else if name.isEqual(to: "delay") {
        delay = text.milliseconds(value)
      } else if name.isEqual(to: "offset") {
        offset = text.milliseconds(value)
      } else if name.isEqual(to: "jitter") {
        jitter = text.milliseconds(value)
      } else if name.isEqual(to: "dispersion") {
        dispersion = text.milliseconds(value)
      } else if name.isEqual(to: "rec") {
        heard = text.timestamp(value)
      } else if name.isEqual(to: "hmode") {
        kind = Kind(mode: text.wholeNumber(value, upTo: 7))
      }
    }
    guard let address, !address.isEmpty, address != "0.0.0.0", address != "::" else { return nil }
    let isClock = address.hasPrefix("127.127.")
    self.name = isClock ? named ?? address : address.lowercased()
    if isClock { kind = .clock }
    if let named, !isClock, named != address { host = named }
    isLocalClock = address.hasPrefix("127.127.1.") || (isClock && reference == "LOCL")
    if stratum == 0, !isClock { stratum = 16 }
    poll = [hostPoll, peerPoll].compactMap(\.self).min().map { Double(UInt64(1) << UInt64($0)) }
    selection = Selection(wire: Int(status >> 8 & 0x07))
    if let heard, let clock { age = max(0, clock - heard) }
    // The daemon keeps the last measurement for hours; a dispersion of 16 s means that there is none.
    if reach == 0 || reach == nil || (dispersion ?? 0) >= 16 { forgetMeasurements() }
  }
}

extension Association.Kind {
  /// The daemon's own mode in an association.
  fileprivate init(mode: Int?) {
    self =
      switch mode {
      case 1: .symmetric
      case 2: .passive
      case 5: .broadcast
      case 6: .listener
      default: .unicast
      }
  }
}

extension Selection {
  /// From the three bits of a status word, which count in another order.
  init(wire: Int) {
    let order: [Selection] = [
      .reject, .falsetick, .excess, .outlier, .candidate, .backup, .systemPeer, .ppsPeer,
    ]
    self = order[wire & 7]
  }
}
