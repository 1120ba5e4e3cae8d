package import EventLoop
internal import Glibc
package import Settings
internal import Terminal

/// The account that a plugin runs as.
package struct Identity: Hashable, Sendable {
  /// The account's name; its number as text where it has none.
  package var userName: String
  /// The user and groups to change to; `nil` where the node is not root and cannot change.
  package var credentials: ChildProgram.Credentials?
}

/// No such user or group.
package struct AccountError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  /// The directive whose value does not exist, `user` or `group`; `nil` for another error.
  package var word: String?
}

/// The machine's users and groups, as plugin-conf.d names them.
///
/// An answer is kept for a minute, or until /etc/passwd or /etc/group changes. Where accounts come over the network
/// (LDAP), a look-up may take seconds, so it runs on a worker thread.
@LoopActor
package final class Accounts {
  private struct Question: Hashable {
    var canChange: Bool
    var user: String
    var groups: [ServiceSettings.Group]
  }

  private struct Kept {
    var answer: Result<Identity, AccountError>
    var until: LoopClock.Instant
    var stamp: FileStamp
  }

  /// The user and group of plugins without one of their own (`default_plugin_user`, `default_plugin_group`).
  private let defaultUser: String
  private let defaultGroup: String
  private let clock: LoopClock
  /// Whether this process may change its user; `nil`: asked each time, since the daemon itself may change its user.
  private let changes: Bool?
  private var canChange: Bool { changes ?? (geteuid() == 0) }
  private var kept: [Question: Kept] = [:]

  /// - Parameter canChange: whether this process may become somebody else.
  package init(user: String, group: String, canChange: Bool? = nil, clock: LoopClock = .real) {
    defaultUser = user
    defaultGroup = group
    changes = canChange
    self.clock = clock
  }

  /// The account that a service's settings name.
  package func identity(for settings: ServiceSettings) async throws(AccountError) -> Identity {
    let question = Question(
      canChange: canChange, user: settings.user ?? defaultUser, groups: settings.groups)
    let stamp = FileStamp(ofFiles: ["/etc/passwd", "/etc/group"])
    if let known = kept[question], known.stamp == stamp, clock.now < known.until {
      return try known.answer.get()
    }
    let answer = await ask(question)
    let until = clock.now.advanced(by: .seconds(60))
    kept[question] = Kept(answer: answer, until: until, stamp: stamp)
    return try answer.get()
  }

  private func ask(_ question: Question) async -> Result<Identity, AccountError> {
    let defaultGroup = self.defaultGroup
    let canChange = self.canChange
    if !canChange || Accounts.areLocal {
      return Accounts.answer(to: question, defaultGroup: defaultGroup, canChange: canChange)
    }
    let answer = await Blocking.shared.run(within: .seconds(10), clock: clock) {
      Accounts.answer(to: question, defaultGroup: defaultGroup, canChange: canChange)
    }
    return answer
      ?? .failure(AccountError(description: "user '\(question.user)': no answer within 10 s"))
  }

  private nonisolated static func answer(
    to question: Question, defaultGroup: String, canChange: Bool
  ) -> Result<Identity, AccountError> {
    guard canChange else { return .success(own()) }
    do throws(AccountError) {
      return .success(try lookUp(question.user, question.groups, defaultGroup: defaultGroup))
    } catch {
      return .failure(error)
    }
  }

  /// Whether all accounts are in files of this machine (nsswitch.conf(5)), so that a look-up never waits and needs
  /// no thread of its own.
  private static let areLocal: Bool = {
    guard case .success(let bytes) = Terminal.read("/etc/nsswitch.conf") else { return false }
    let lines = bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    return ["passwd:", "group:"].allSatisfy { name in
      lines.contains { line in
        let words = line.split(whereSeparator: \.isWhitespace)
        return words.first == Substring(name)
          && words.dropFirst().allSatisfy { ["files", "compat", "systemd"].contains($0) }
      }
    }
  }()

  /// The running user, who cannot become anybody else.
  package nonisolated static func own() -> Identity {
    let number = geteuid()
    return Identity(userName: account { getpwuid_r(number, $0, $1, $2, $3) }?.name ?? "\(number)")
  }

  /// - Throws: what is missing, by its name.
  nonisolated static func lookUp(
    _ user: String, _ groups: [ServiceSettings.Group], defaultGroup: String
  ) throws(AccountError) -> Identity {
    let number = UInt32(user)
    let found =
      account { getpwnam_r(user, $0, $1, $2, $3) }
      ?? number.flatMap { number in account { getpwuid_r(number, $0, $1, $2, $3) } }
    guard let id = found?.user ?? number else {
      throw AccountError(description: "user '\(user)' does not exist", word: "user")
    }
    var ids: [UInt32] = []
    for group in groups {
      if let id = groupNumber(group.name) {
        if !ids.contains(id) { ids.append(id) }
      } else if !group.optional {
        throw AccountError(description: "group '\(group.name)' does not exist", word: "group")
      }
    }
    if ids.isEmpty {
      // munin's own group is there only where munin is; elsewhere the user's own one stands in for it.
      guard let id = groupNumber(defaultGroup) ?? found?.group else {
        throw AccountError(
          description: "group '\(defaultGroup)' does not exist", word: "group")
      }
      ids = [id]
    }
    return Identity(
      userName: found?.name ?? user,
      credentials: ChildProgram.Credentials(user: id, group: ids[0], groups: ids))
  }

  private nonisolated static func account(
    _ call: (
      UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32
  ) -> (name: String, user: UInt32, group: UInt32)? {
    var entry = passwd()
    var text = [CChar](repeating: 0, count: 16384)
    var result: UnsafeMutablePointer<passwd>?
    guard call(&entry, &text, text.count, &result) == 0, result != nil else { return nil }
    return (String(cString: entry.pw_name), entry.pw_uid, entry.pw_gid)
  }

  /// The number of a group given by name or number.
  nonisolated static func groupNumber(_ name: String) -> UInt32? {
    var entry = group()
    // A group's text names all its members.
    var text = [CChar](repeating: 0, count: 262_144)
    var result: UnsafeMutablePointer<group>?
    if getgrnam_r(name, &entry, &text, text.count, &result) == 0, result != nil {
      return entry.gr_gid
    }
    return UInt32(name)
  }
}
