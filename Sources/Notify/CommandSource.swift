/// What a command in the outbox was made of: it is made anew when munin.conf has another command at delivery.
public struct CommandSource: Sendable, Hashable {
  /// The command as munin.conf had it, with its variables.
  let template: String
  /// What the variables stood for, see ``TemplateValues/stored``.
  let values: String

  /// munin's variables, in the order of its manual.
  private static let names = [
    "group", "host", "graph_title", "plugin", "graph_category", "worst", "worstid", "numcfields",
    "numwfields", "numufields", "numofields", "numfofields", "subject", "message_id", "kind",
  ]
  private static let lists = ["fields", "cfields", "wfields", "ufields", "ofields", "fofields"]
  private static let fieldNames = ["label", "value", "wrange", "crange", "extinfo"]
  /// So many fields of a list have variables of their own.
  private static let mostMembers = 20

  /// - Parameter context: what the command was filled in from.
  public init(_ template: String, in context: any TemplateContext) {
    self.template = template
    var values = TemplateValues()
    for name in Self.names { values.values[name] = context.value(of: name) }
    for list in Self.lists {
      let words = (context.value(of: list) ?? "").split(separator: " ")
      let members = context.members(of: list) ?? []
      guard words.count == members.count else {
        values.values[list] = words.joined(separator: " ")
        continue
      }
      values.lists[list] = zip(words, members).prefix(Self.mostMembers).map { name, member in
        var field = TemplateValues()
        for name in Self.fieldNames { field.values[name] = member.value(of: name) }
        return (String(name), field)
      }
    }
    self.values = values.stored
  }

  init(template: String, values: String) {
    self.template = template
    self.values = values
  }

  /// The command for the shell that another template gives.
  func command(of template: String) -> String {
    MuninTemplate.shellCommand(template, in: TemplateValues(stored: values))
  }
}

extension MuninTemplate {
  /// A contact's command for the shell, with the variables filled in. munin strips the characters in front: people write `| mail …` as in
  /// a shell.
  public static func shellCommand(_ text: String, in context: any TemplateContext) -> String {
    let expanded = (try? MuninTemplate(text, for: .command))?.expand(in: context) ?? text
    return String(expanded.drop { "|<> \t".contains($0) })
  }
}

extension TemplateValues {
  private static let unitEnd = Character("\u{1F}")
  private static let recordEnd = Character("\u{1E}")

  /// As one text: a record `name value` for each variable, `list member` for each member of a list, `list member name value` for each of
  /// its variables, and `list` for an empty list.
  var stored: String {
    var records: [[String]] = values.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
    for (list, members) in lists.sorted(by: { $0.key < $1.key }) {
      if members.isEmpty { records.append([list]) }
      for (name, member) in members {
        records.append([list, name, ""])
        for (key, value) in member.values.sorted(by: { $0.key < $1.key }) {
          records.append([list, name, key, value])
        }
      }
    }
    return records.map { record in
      record.map { unit in
        String(unit.map { $0 == Self.unitEnd || $0 == Self.recordEnd ? "_" : $0 })
      }.joined(separator: String(Self.unitEnd))
    }.joined(separator: String(Self.recordEnd))
  }

  /// Reads ``stored``. Records that are none are passed over.
  init(stored text: String) {
    self.init()
    for record in text.split(separator: Self.recordEnd) {
      let units = record.split(separator: Self.unitEnd, omittingEmptySubsequences: false)
        .map(String.init)
      switch units.count {
      case 1: lists[units[0]] = lists[units[0]] ?? []
      case 2: values[units[0]] = units[1]
      case 3: lists[units[0], default: []].append((units[1], TemplateValues()))
      case 4:
        guard let last = lists[units[0]]?.indices.last, lists[units[0]]?[last].name == units[1]
        else { continue }
        lists[units[0]]?[last].values.values[units[2]] = units[3]
      default: continue
      }
    }
  }
}
