/// The texts for contacts without a `text` setting, as munin words them.
extension MuninTemplate {
  /// The built-in text for a contact of this name.
  public static func builtIn(for contact: String) -> MuninTemplate {
    switch contact {
    case "nagios": nagios
    case "old-nagios": oldNagios
    default: standard
    }
  }

  /// One line that says which graph, then one line per state that some field is in.
  public static let standard = trusted(
    "${var:group} :: ${var:host} :: ${var:graph_title}" + lists(before: "\\n\\t") + "\\n")

  /// A passive check for NSCA: host, service, state and at most 350 characters of text.
  public static let nagios = trusted(
    "${var:host}\\t${var:graph_title}\\t${var:worstid}\\t${strtrunc:350 \(lists(before: ""))}")

  /// The same under the plugin's name.
  public static let oldNagios = trusted(
    "${var:host}\\t${var:plugin}\\t${var:worstid}\\t"
      + "${strtrunc:350 ${var:graph_title}:\(lists(before: ""))}")

  private static func lists(before start: String) -> String {
    let kinds = [
      ("cfields", "CRITICALs", "crange"), ("wfields", "WARNINGs", "wrange"),
      ("ufields", "UNKNOWNs", nil), ("fofields", "OKs", nil),
    ]
    return kinds.map { list, title, range in
      let outside = range.map { " (outside range [${var:\($0)}])" } ?? ""
      let entry = " ${var:label} is ${var:value}\(outside)${if:extinfo : ${var:extinfo}}"
      return "${if:\(list) \(start)\(title):${loop<,>:\(list) \(entry)}.}"
    }.joined()
  }

  private static func trusted(_ text: String) -> MuninTemplate {
    do { return try MuninTemplate(text) } catch { preconditionFailure("built-in text: \(error)") }
  }
}
