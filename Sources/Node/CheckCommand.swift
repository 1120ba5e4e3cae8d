internal import Daemon
public import EventLoop
internal import Glibc
internal import Logbook
internal import PluginKit
internal import Settings
internal import Terminal

/// `apus-node check`: reads every setting, looks at every plugin, and says what is wrong.
@LoopActor
public struct CheckCommand {
  private let prepared: NodeProgram.Prepared
  private let places: NodeProgram.Places
  private let services: ServiceList
  private var result = CommandResult()
  private var problems = 0

  private init(_ prepared: NodeProgram.Prepared, places: NodeProgram.Places) async throws(IOError) {
    self.prepared = prepared
    self.places = places
    // What a plugin has to complain of is told here, not in the daemon's log.
    services = await NodeProgram.services(
      prepared, places: places, log: try Logbook(to: .file("/dev/null")))
  }

  /// - Parameter address: whose view is wanted too, a master's.
  /// - Returns: the findings; status 2 when there is a problem.
  public static func run(
    _ prepared: NodeProgram.Prepared, places: NodeProgram.Places, as address: String?
  ) async throws(IOError) -> CommandResult {
    var check = try await CheckCommand(prepared, places: places)
    for warning in prepared.warnings { check.result.say("warning: \(warning)") }
    await check.lookAtStart()
    try await check.services.load(program: OwnProcess.executable)
    check.lookAtFiles()
    await check.lookAtServices()
    if let address { await check.show(to: address) }
    let count = check.services.all.count { $0.knowledge != .dropped }
    let found =
      switch check.problems {
      case 0: "no problem"
      case 1: "1 problem"
      default: "\(check.problems) problems"
      }
    check.result.say("\(count) services of \(check.services.nodeName), \(found)")
    check.result.status = check.problems == 0 ? 0 : 2
    return check.result
  }

  private mutating func problem(_ text: String) {
    problems += 1
    result.say("problem: \(text)")
  }

  // MARK: What a start needs

  /// Users, folders and names that the daemon would stumble over.
  private mutating func lookAtStart() async {
    let settings = prepared.settings
    let place = places.config ?? "settings"
    do throws(AccountError) {
      _ = try NodeProgram.identity(of: settings)
    } catch {
      problem("\(place): user and group: \(error)")
    }
    let files = [("log_file", settings.logsToSyslog ? nil : settings.logFile)]
    for (name, path) in files + [("pid_file", settings.pidFile)] {
      guard let path, let fault = CheckCommand.faultOfWriting(path) else { continue }
      problem("\(place): \(name): \(fault)")
    }
    for endpoint in settings.endpoints where endpoint.host != "*" && !endpoint.host.hasPrefix("/") {
      let found = await Blocking.shared.run(within: .seconds(10)) { () -> String? in
        do throws(IOError) {
          _ = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
          return nil
        } catch {
          return "\(error)"
        }
      }
      if let fault = found ?? "cannot resolve \(endpoint.host): no answer within 10 s" {
        problem("\(place): host: \(fault)")
      }
    }
  }

  /// Why a file cannot be written, or made; `nil` when it can.
  private static func faultOfWriting(_ path: String) -> String? {
    if access(path, W_OK) == 0 { return nil }
    let code = errno
    guard code == ENOENT else { return "cannot write \(path): \(IOError.words(for: code))" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.count > 1 ? parts.joined(separator: "/") : "/"
    if access(folder, W_OK) == 0 { return nil }
    return "cannot make \(path): \(folder): \(IOError.words(for: errno))"
  }

  /// Files that are called like plugins or settings and are none, or that others may write.
  private mutating func lookAtFiles() {
    if let folder = places.services, let names = Terminal.names(in: folder) {
      for name in names where !name.hasPrefix(".") && services[name] == nil {
        if let reason = services.reasonForLeavingOut(name) {
          result.say("warning: \(folder)/\(name): not offered, \(reason)")
        }
      }
    }
    guard geteuid() == 0, let folder = places.pluginSettings else { return }
    for name in Terminal.files(in: folder) ?? [] {
      // Whoever may write it may name root as the user of a plugin.
      if let danger = Permissions.danger(of: "\(folder)/\(name)") {
        result.say("warning: \(folder)/\(name): \(danger)")
      }
    }
  }

  // MARK: Services

  private mutating func lookAtServices() async {
    for service in services.all {
      if await isRunnable(service) { await ask(service) }
      lookAtPermissions(of: service)
    }
  }

  /// Whether the service's user and groups exist, and the node can become them.
  private mutating func isRunnable(_ service: Service) async -> Bool {
    let own = service.settings
    let accounts = Accounts(
      user: prepared.settings.defaultPluginUser, group: prepared.settings.defaultPluginGroup,
      canChange: true)
    do throws(AccountError) {
      let wanted = try await accounts.identity(for: own)
      guard geteuid() != 0, own.user != nil || !own.groups.isEmpty else { return true }
      let mine = Accounts.own()
      if wanted.userName != mine.userName || !own.groups.isEmpty {
        let groups = own.groups.map(\.name).joined(separator: ", ")
        let who = [own.user.map { "user \($0)" }, groups.isEmpty ? nil : "groups \(groups)"]
          .compactMap(\.self).joined(separator: " and ")
        result.say(
          "warning: \(service.name): plugin-conf.d names \(who), but the node runs as "
            + "\(mine.userName) and cannot change that")
      }
      return true
    } catch {
      problem("\(service.name): \(error)")
      return false
    }
  }

  /// Asks for config and values as a master would.
  private mutating func ask(_ service: Service) async {
    for question in [PluginQuestion.config, .fetch] {
      let caller = Caller(address: "", capabilities: Capabilities())
      let answer = await services.answer(of: service, question, for: caller)
      let text = answer.reply.text
      // Also why some of the values are unknown.
      var complaint: String?
      if case .error(let error) = answer.health { complaint = error }
      if text == "# Bad exit\n" || text == "# Timed out\n" {
        problem("\(service.name): \(question.rawValue): \(complaint ?? String(text.dropLast()))")
      } else if let complaint {
        result.say("warning: \(service.name): \(question.rawValue): \(complaint)")
      } else if text.isEmpty {
        problem("\(service.name): \(question.rawValue): expected lines, found none")
      }
    }
  }

  /// A plugin that runs as root and that others may change gives them the machine.
  private mutating func lookAtPermissions(of service: Service) {
    guard case .outside(let path) = service.source, let danger = Permissions.danger(of: path) else {
      return
    }
    let user = service.settings.user ?? prepared.settings.defaultPluginUser
    if prepared.settings.paranoia {
      problem("\(service.name): not run (paranoia): \(danger)")
    } else if ["root", "0"].contains(user), geteuid() == 0 {
      problem("\(service.name): runs as root, but \(danger)")
    }
  }

  // MARK: A master's view

  private mutating func show(to address: String) async {
    let isAdmitted = prepared.access.admits(address)
    guard isAdmitted else {
      problem("\(address): refused, no allow or cidr_allow line fits (or a deny line does)")
      return
    }
    result.say("\(address) is let in and sees:")
    var caller = Capabilities()
    caller.announce(["multigraph", "dirtyconfig"])
    for node in await services.nodes() {
      let names = await services.list(host: node, for: caller)
      result.say("  \(node): \(names.joined(separator: " "))")
    }
  }
}
