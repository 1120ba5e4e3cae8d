internal import PluginKit

/// The manuals of both families of services, which show the same.
enum UPSManual {
  static let snmp = Manual(
    "a UPS with a network card, asked over SNMP",
    details: """
      A service snmp_HOST_ups per device, shown as the node HOST. Devices cannot be found by looking: a
      section [snmp_HOST_ups] in plugin-conf.d offers one. The device's MIB is recognised: RFC 1628, APC,
      CyberPower, Eaton (XUPS, MGE, gateways), HP, Delta, Tripp Lite, Huawei, XPPC, EPPC (PowerWalker),
      Socomec, Riello, Liebert, Dell. Nothing is ever written to it. The first question for any device
      has all devices asked at once. A device that gave no answer is told as communication lost, its
      values as unknown, without a wait, while it is asked again.

      \(states)

      \(limits)

      The community of versions 1 and 2c goes over the network in clear text, and is often public: let
      the card answer this machine only, or use version 3.
      """,
    settings: [
      .init("host", default: "HOST of the name", "the device's name or address"),
      .init("port", default: "161", "its UDP port"),
      .init("version", default: "2c", "1, 2c or 3"),
      .init("community", default: "public", "the word that lets in, versions 1 and 2c"),
      .init("v3username", default: "none", "the user, version 3"),
      .init("v3authpassword", default: "v3privpassword", "his passphrase, at least 8 characters"),
      .init("v3authprotocol", default: "md5", "md5, sha, sha224, sha256, sha384, sha512"),
      .init(
        "v3privpassword", default: "none", "passphrase for encryption; without it there is none"),
      .init("v3privprotocol", default: "des", "des, aes, aes192, aes256, aes192c, aes256c"),
      .init("v3context", default: "none", "the context, where a gateway has several"),
      .init("domain", default: "any", "udp or udp6: what the address has to be"),
      .init("retries", default: "2", "how often a request is sent again"),
    ] + shared, fields: fields,
    example: """
      [snmp_ups1.example.com_ups]
      env.community public
      env.load_warning :70
      """)

  static let named = Manual(
    "a UPS that NUT's upsd or apcupsd tells of",
    details: """
      A service ups_NAME per UPS; NAME is the one in upsd's ups.conf, and each graph's name begins with
      ups_NAME_. ups_NAME@HOST asks another machine. Those of 127.0.0.1 are found by autoconf. A daemon
      that has lost its UPS (DATA-STALE, DRIVER-NOT-CONNECTED, COMMLOST), lets nobody in or does not
      answer gives communication lost, and unknown values.

      \(states)

      \(limits)
      """,
    settings: [
      .init("source", default: "nut, then apcupsd", "nut, apcupsd or snmp (then as snmp__ups)"),
      .init("host", default: "127.0.0.1", "the machine that the daemon runs on"),
      .init("port", default: "3493 or 3551", "the daemon's TCP port"),
      .init("ups", default: "NAME", "the UPS's name at upsd"),
      .init("username", default: "none", "who asks, where upsd wants to know"),
      .init("password", default: "none", "and his password"),
      .init("retries", default: "2", "for snmp: how often a request is sent again"),
    ] + shared, fields: fields,
    example: """
      [ups_eaton]
      env.source nut
      env.charge_warning 60:
      """)

  private static let shared: [Manual.Setting] = [
    .init("timeout", default: "1", "seconds that one answer is waited for"),
    .init("max_age", default: "30", "seconds for which an answer is used again"),
    .init(
      "FIELD_warning, env.FIELD_critical", default: "see above",
      "ranges; those of input_voltage count for input_voltage_2 and _3 too"),
  ]

  private static let states: String = {
    let words = UPSSeverity.allCases.map { "\($0.rawValue) \($0.meaning)" }
    return """
      state is the worst of what holds: \(words[0...2].joined(separator: ", ")),
      \(words[3...5].joined(separator: ", ")),
      \(words[6...8].joined(separator: ", ")),
      \(words[9...].joined(separator: ", ")).
      A test that discharges the battery is no outage.
      """
  }()

  private static let limits = """
    Limits out of the box. state: warning from 3, critical from 10: on battery people can act only in
    the first minutes, low on battery is when systems shut down, and a UPS that nobody hears may be
    either. charge 75 and 40 %: below, the next outage is a short one. runtime 15 and 5 minutes: the
    time to act, and to shut down; more where the UPS calls its battery low earlier. load 80 and 95 %:
    then no part may fail. battery_temperature 35 and 45 degrees: a battery's life halves for each 10
    above 25. input_voltage: the UPS's transfer points where it tells them, else 10 % around its
    nominal voltage, else 207:253 or 104:127 V by what is there (EN 50160, ANSI C84.1); a warning only,
    for without any voltage the UPS is on battery, and that is told. input_frequency: 1 and 2 %.
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
          isCount ? "how many alarms stand, as far as the UPS counts them" : "1 when it is so"
        ))
    }
    for field in UPSGraphs.rows.flatMap(\.fields) {
      let names = field.hasPhases ? "\(field.name), \(field.name)_2, \(field.name)_3" : field.name
      fields.append((names, field.info))
    }
    return fields
  }()
}
