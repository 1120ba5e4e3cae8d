import Glibc
import Patterns
import Settings
import TestSupport
import Testing

@testable import Node

/// munin-node's `paranoia`: each of these files is refused for one reason alone.
@Suite(.enabled(if: geteuid() == 0, "only root can give files away"))
struct PermissionsTests {
  private let folder: TemporaryFolder
  private let file: String
  private var inner: String { "\(folder.path)/inner" }

  init() throws {
    folder = try TemporaryFolder()
    file = try folder.write("inner/plugin", "", mode: 0o755)
    chmod("\(folder.path)/inner", 0o755)
  }

  @Test func aFileOfRootIsTrusted() {
    #expect(Permissions.danger(of: file) == nil)
    // The group may write where it is root's.
    chmod(file, 0o775)
    #expect(Permissions.danger(of: file) == nil)
  }

  @Test func onlyItsOwner() {
    chown(file, 12345, 0)
    #expect(Permissions.danger(of: file) == "\(file) belongs to user 12345, expected root")
  }

  @Test func onlyItsGroup() {
    chown(file, 0, 12345)
    #expect(Permissions.danger(of: file) == nil, "it may read")
    chmod(file, 0o775)
    #expect(
      Permissions.danger(of: file) == "\(file) may be written by group 12345, expected only root")
  }

  @Test func onlyEverybody() {
    chmod(file, 0o757)
    #expect(Permissions.danger(of: file) == "\(file) may be written by everybody")
  }

  @Test func onlyItsFolder() {
    chown(inner, 12345, 0)
    #expect(Permissions.danger(of: file) == "\(inner) belongs to user 12345, expected root")
    chown(inner, 0, 0)
    chmod(inner, 0o777)
    #expect(Permissions.danger(of: file) == "\(inner) may be written by everybody")
  }

  @Test func whatALinkLeadsToCounts() throws {
    try folder.link("link", to: file)
    #expect(Permissions.danger(of: "\(folder.path)/link") == nil)
    chmod(file, 0o757)
    #expect(
      Permissions.danger(of: "\(folder.path)/link") == "\(file) may be written by everybody")
  }

  @Test func whatIsGoneIsNotTrusted() {
    #expect(
      Permissions.danger(of: "\(inner)/none") == "\(inner)/none: No such file or directory")
  }

  /// Settings may name root as a plugin's user: with paranoia, only root's own files may.
  @Test(arguments: [true, false]) func settingsThatOthersMayWriteAreNotRead(paranoia: Bool) throws {
    try folder.write("inner/settings", "[load]\nuser root\n", mode: 0o666)
    chmod("\(inner)/settings", 0o666)
    var reader = SettingsReader(forgivesDefaults: false)
    let files = reader.pluginFiles(
      NodeProgram.Places(
        config: nil, services: nil, pluginSettings: .init(inner, isDefault: false)),
      paranoia: paranoia, ignoring: [try Pattern("^plugin$")])
    #expect(files.map(\.name) == (paranoia ? [] : ["\(inner)/settings"]))
    #expect(
      reader.warnings
        == (paranoia
          ? [
            "\(inner)/settings: not read (paranoia): \(inner)/settings may be written by everybody"
          ] : []))
  }
}
