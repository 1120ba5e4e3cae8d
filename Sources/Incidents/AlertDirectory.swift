public import Limits
public import Settings
public import Text

/// What munin.conf says about alerts, as ``AlertStages`` asks for it.
public struct AlertDirectory: Sendable {
  private let master: MasterSettings
  /// The contacts, and what counts for all of them.
  public let settings: AlertSettings
  private let windows: [(target: MaintenanceSetting, window: MaintenanceWindow)]

  /// - Parameters:
  ///   - machineZone: what counts where no zone is named.
  ///   - zone: reads a zone that is named; `nil` when it cannot be read, which the caller tells.
  public init(
    _ master: MasterSettings, machineZone: ZoneFile, zone: (PlacedText) -> ZoneFile?
  ) {
    self.master = master
    var zones: [String: ZoneFile] = [:]
    func find(_ text: PlacedText?) -> ZoneFile {
      guard let text else { return machineZone }
      if let known = zones[text.text] { return known }
      let found = zone(text) ?? machineZone
      zones[text.text] = found
      return found
    }
    let top = master.timezone(ofGroup: [])
    settings = AlertSettings(
      contacts: master.contacts.map { contact in
        ContactRules(
          contact, zone: find(contact.timezone ?? top),
          rateLimitPlace: master.place(of: "contact.\(contact.name).rate_limit"))
      }, groupWait: master.groupWait, ownContacts: master.ownContacts,
      ownRepeats: master.ownRepeatTime,
      signOfLife: master.heartbeatMail.map {
        AlertSettings.SignOfLife(time: .daily($0.time.seconds), contacts: $0.contacts)
      })
    windows = master.maintenance.map { setting in
      (
        setting,
        MaintenanceWindow(
          spans: setting.spans, zone: find(setting.zone),
          place: "\(setting.place.file):\(setting.place.line)")
      )
    }
  }

  /// What counts for a node.
  /// - Parameters:
  ///   - parent: the node of ``HostSettings/parent``.
  ///   - services: the services that it lists.
  public func node(
    _ host: HostSettings, parent: NodeNumber? = nil, services: [String] = []
  ) -> NodeFacts {
    NodeFacts(
      groups: host.groups, host: host.name, alias: host.notifyAlias,
      endpoint: host.endpoint.map { "\($0)" }, parent: parent, period: host.updateRate,
      contacts: master.recipients(group: host.groups, host: host.name).map(\.name),
      windows: windows(of: host, service: nil),
      flapping: master.flapping(for: host).map(FlappingRule.init),
      repeats: master.repeatTime(for: host), services: services)
  }

  /// What counts for a service of a node.
  /// - Parameter isJudged: whether any value of it is.
  public func service(_ name: String, of host: HostSettings, isJudged: Bool) -> ServiceFacts {
    let limit = master.word("unknown_limit", for: host, service: name)
    return ServiceFacts(
      contacts: master.recipients(group: host.groups, host: host.name, service: name)
        .map(\.name),
      windows: windows(of: host, service: name),
      flapping: master.flapping(for: host, service: name).map(FlappingRule.init),
      repeats: master.repeatTime(for: host, service: name),
      subject: master.subject(of: name, on: host) ?? ServiceSubject.of(name),
      unknownLimit: limit.flatMap { UnknownLimit($0.text) }?.count ?? UnknownLimit.standard.count,
      isJudged: isJudged)
  }

  /// The windows of a place and of all around it.
  private func windows(of host: HostSettings, service: String?) -> [MaintenanceWindow] {
    windows.compactMap { target, window in
      guard host.groups.starts(with: target.groups) else { return nil }
      guard let name = target.host else { return window }
      guard name == host.name, host.groups.count == target.groups.count else { return nil }
      // A nested graph is a part of its service.
      guard let place = target.service else { return window }
      return place == service || place.hasPrefix("\(service ?? "").") ? window : nil
    }
  }
}

extension FlappingRule {
  init(_ count: CountInTime) { self.init(count: count.count, seconds: count.seconds) }
}

extension RegularTime {
  fileprivate init(_ time: DigestTime) {
    switch time {
    case .hourly: self = .hourly
    case .daily(let time): self = .daily(time.seconds)
    }
  }
}

extension ContactRules {
  init(_ contact: Contact, zone: ZoneFile, rateLimitPlace: String) {
    var tell: Tell = []
    for step in contact.tell {
      switch step {
      case .critical: tell.insert(.critical)
      case .warning: tell.insert(.warning)
      case .unknown: tell.insert(.unknown)
      case .ok: tell.insert(.ok)
      case .eased: tell.insert(.eased)
      }
    }
    self.init(
      contact.name, tell: tell, quiet: contact.quiet, zone: zone,
      escalation: contact.escalation.map { Escalation(after: $0.seconds, contact: $0.contact) },
      rateLimit: contact.rateLimit.map { limit in
        let hour = limit.seconds % 3600 == 0 ? "\(limit.seconds / 3600)h" : "\(limit.seconds)s"
        // A place is only known of a line that was written.
        let place = rateLimitPlace.split(separator: " ").first.map { " (\($0.dropLast()))" } ?? ""
        return RateLimit(
          count: limit.count, seconds: limit.seconds,
          words: "rate_limit \(limit.count) in \(hour)"
            + (rateLimitPlace.contains(": ") ? place : ""))
      },
      alwaysSend: Set(contact.alwaysSend.compactMap { Level(rawValue: $0.rawValue) }),
      digest: contact.digest.map(RegularTime.init))
  }
}
