public import Notify
public import Settings

extension Contact {
  /// The ways to it whose words are written at delivery.
  public var alertWays: [AlertWay] {
    var ways: [AlertWay] = []
    if let address = email.flatMap({ try? MailAddress($0) }) { ways.append(.mail(address)) }
    if webhook.address != nil { ways.append(.webhook(isPerGraph: webhook.text != nil)) }
    if syslog != nil { ways.append(.syslog) }
    return ways
  }

  /// On how many ways it is told.
  public var wayCount: Int { alertWays.count + (command == nil ? 0 : 1) }

  /// What messages to its command say. `check` has looked at the text; one that cannot be used is replaced, so that the alert still goes out.
  var template: MuninTemplate {
    text.flatMap { try? MuninTemplate($0) } ?? .builtIn(for: name)
  }

  /// Its command for the shell, with the variables filled in; `nil` for a contact without one.
  func shellCommand(in values: TemplateValues) -> String? {
    command.map { MuninTemplate.shellCommand($0, in: values) }
  }
}
