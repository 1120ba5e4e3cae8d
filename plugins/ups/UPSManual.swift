internal import MuninWire
internal import PluginKit

/// The manuals of both families of services, which show the same graphs.
enum UPSManual {
  static let snmp = Manual(
    "a UPS with a network card, asked over SNMP",
    details: """
      A service snmp_HOST_ups per device, shown as the node HOST. Devices are not searched for: a section
      [snmp_HOST_ups] in plugin-conf.d offers one. Its MIBs are recognised: RFC 1628, APC, CyberPower,
      Eaton (XUPS, MGE, gateways), HP, Delta, Tripp Lite, Huawei, XPPC, EPPC (PowerWalker), Socomec,
      Riello, Liebert, Dell. Where a card answers several, each contributes what the better one lacks,
      and the state is the worst of all; "apus-node ups HOST" shows which MIB told what. Nothing is ever
      written to a device.

      The first question for one device makes all devices be asked at once. A device that did not answer
      is reported as communication lost and its values as unknown, without a wait, while it is asked
      again. What a device was found to measure is kept in the plugin's state folder, so its graphs stay
      when it is dead at a start of the node; remove SERVICE.device there to forget a device.

      \(states)

      \(limits)

      The community of versions 1 and 2c crosses the network in clear text, and is often public: let the
      card answer this machine only, or use version 3.
      """,
    settings: [
      .init("host", as: .address, default: "HOST of the name", "the device's name or address"),
      .init("port", as: .whole(1...65535), default: "161", "its UDP port"),
      .init(
        "version",
        as: .form("1, 2c or 3") { text in
          ["1", "v1", "snmpv1", "2", "2c", "v2c", "snmpv2c", "3", "v3", "snmpv3"].contains(
            text.lowercased())
        }, default: "2c", "the version of SNMP"),
      .init(
        "community", as: .secret(), default: "public", "the community of versions 1 and 2c"),
      .init(
        "v3username", as: .form("at most 32 characters") { $0.utf8.count <= 32 }, default: "none",
        "the user, version 3"),
      .init(
        "v3authpassword", as: .secret(atLeast: 8), default: "v3privpassword",
        "the user's passphrase"),
      .init(
        "v3authprotocol", as: method(["md5", "sha", "sha224", "sha256", "sha384", "sha512"]),
        default: "md5", "how messages are authenticated"),
      .init(
        "v3privpassword", as: .secret(atLeast: 8), default: "none",
        "passphrase for encryption; without it there is none"),
      .init(
        "v3privprotocol", as: method(["des", "aes", "aes192", "aes256", "aes192c", "aes256c"]),
        default: "des", "how messages are encrypted"),
      .init("v3context", as: .text, default: "none", "the context, where a gateway has several"),
      .init(
        "domain",
        as: .form("udp or udp6") { text in
          ["udp", "udp4", "udp/ipv4", "udp6", "udp/ipv6"].contains(text.lowercased())
        }, default: "any", "what the address has to be"),
      .init(
        "retries", as: .whole(0...10), default: "2", "how often a request is sent again"),
    ] + shared, fields: fields,
    example: """
      [snmp_ups1.example.com_ups]
      env.community public
      env.load_warning :70
      """)

  static let named = Manual(
    "a UPS that NUT's upsd or apcupsd reports",
    details: """
      A service ups_NAME per UPS; NAME is the one in upsd's ups.conf, and each graph's name begins with
      ups_NAME_. ups_NAME@HOST asks another machine. UPSs of daemons on 127.0.0.1 are found by autoconf.
      A daemon that has no connection to its UPS (DATA-STALE, DRIVER-NOT-CONNECTED, COMMLOST, NETWORK
      ERROR), refuses the request or does not answer gives communication lost, and unknown values. What a
      UPS was found to measure is kept in the plugin's state folder, in SERVICE.device.

      \(states)

      \(limits)
      """,
    settings: [
      .init(
        "source",
        as: .form("nut, apcupsd or snmp") { UPSWish.Source(rawValue: $0.lowercased()) != nil },
        default: "nut, then apcupsd", "whom to ask; snmp takes the settings of snmp__ups too"),
      .init(
        "host", as: .address, default: "127.0.0.1", "the machine that the daemon runs on"),
      .init("port", as: .whole(1...65535), default: "3493 or 3551", "the daemon's TCP port"),
      .init("ups", as: .text, default: "NAME", "the UPS's name at upsd"),
      .init(
        "username", as: .text, default: "none", "the user's name, where upsd asks for one"),
      .init("password", as: .secret(), default: "none", "the user's password at upsd"),
      .init(
        "retries", as: .whole(0...10), default: "2",
        "for snmp: how often a request is sent again"),
    ] + shared + snmp.settings.filter { isOfSNMPAlone($0) }, fields: fields,
    example: """
      [ups_eaton]
      env.source nut
      env.charge_warning 60:
      """)

  private static let shared: [EnvSetting] = [
    .init(
      "timeout", as: .number(0.01...60), default: "1", "seconds that one answer is waited for"),
    .init(
      "max_age", as: .number(0...3600), default: "30", "seconds for which an answer is used again"),
    .thresholds(
      "FIELD", default: "see above",
      "thresholds; those of input_voltage count for input_voltage_2 and _3 too"),
    .thresholds("charge", default: "75: and 40:", check: EnvSetting.percent),
    .thresholds("humidity", check: EnvSetting.percent),
    .thresholds("runtime", default: "900: and 300:", "thresholds of runtime, in seconds") {
      guard let least = Bounds($0)?.min, (1..<60).contains(least) else { return nil }
      return "runtime is in seconds, and no UPS leaves time to act within one minute"
    },
  ]

  /// What counts only where a UPS is asked over SNMP.
  private static func isOfSNMPAlone(_ setting: EnvSetting) -> Bool {
    ["version", "community", "domain"].contains(setting.names[0])
      || setting.names[0].hasPrefix("v3")
  }

  /// `SHA-256`, `sha256` and `Sha_256` are one.
  private static func method(_ words: [String]) -> SettingKind {
    .form("one of " + words.joined(separator: ", ")) { text in
      let word = text.lowercased().filter { $0 != "-" && $0 != "_" }
      return words.contains(["sha1": "sha", "aes128": "aes"][word] ?? word)
    }
  }

  private static let states: String = {
    let words = UPSSeverity.allCases.map { "\($0.rawValue) \($0.meaning)" }
    return """
      state is the worst of what holds: \(words[0...2].joined(separator: ", ")),
      \(words[3...4].joined(separator: ", ")),
      \(words[5...8].joined(separator: ", ")),
      \(words[9...].joined(separator: ", ")).
      A test that discharges the battery is not reported as an outage. An input phase without voltage
      while another has some is a lost phase. A runtime of 0 on mains with a battery that is not low, and
      the numbers with which MIBs say "unknown" (-1, 65535, 2147483647 and others), are unknown.
      """
  }()

  private static let limits = """
    Default limits. state: warning from 3, critical from 10: on battery people can act only in the first
    minutes, low on battery is when systems shut down, and a UPS without an answer may be in either.
    charge 75 and 40 %: with less the next outage is a short one. runtime 15 and 5 minutes: the time to
    act, and to shut down; more where the UPS reports a low battery earlier. load 80 and 95 %: above, no
    part of the UPS may fail. battery_temperature 35 and 45 degrees: a battery lives half as long for each
    10 above 25. input_voltage: the UPS's transfer points where it tells them, else 10 % around its
    nominal voltage, else 207:253 or 104:127 V by the present voltage (EN 50160, ANSI C84.1); a warning
    only, since without any voltage the UPS is on battery, which state tells. input_frequency: 1 and 2 %.
    line_bads: five per hour.
    """

  private static let fields: [(name: String, meaning: String)] = {
    var fields: [(name: String, meaning: String)] = [
      ("state", "the worst state as a number, see above")
    ]
    for name in UPSState.names {
      let isCount = name.state == .alarm
      fields.append(
        (
          "\(name.field)",
          isCount
            ? "how many alarms stand, as far as the UPS counts them"
            : "1 while this state holds, else 0"
        ))
    }
    for field in UPSGraphs.rows.flatMap(\.fields) {
      let names = field.hasPhases ? "\(field.name), \(field.name)_2, \(field.name)_3" : field.name
      fields.append((names, field.info))
    }
    return fields
  }()
}
