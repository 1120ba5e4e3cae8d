import Daemon
import EventLoop
import Glibc
import TestSupport
import Testing

struct OwnedFolderTests {
  private func status(_ path: String) throws -> stat {
    var found = stat()
    try #require(lstat(path, &found) == 0, "\(path)")
    return found
  }

  @Test func parentsAreMadeToo() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a/b//c"
    #expect(try OwnedFolder.make(path))
    #expect(try status(path).st_mode & S_IFMT == S_IFDIR)
    #expect(try !OwnedFolder.make(path), "made only once")
    #expect(try OwnedFolder.make("\(folder.path)/d/e/"))
  }

  @Test(.enabled(if: geteuid() == 0)) func onlyTheLastOneIsGivenAway() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a/b"
    try OwnedFolder.make(path, mode: 0o750, owner: 12345, group: 54321)
    let made = try status(path)
    #expect(made.st_uid == 12345 && made.st_gid == 54321 && made.st_mode & 0o777 == 0o750)
    #expect(try status("\(folder.path)/a").st_uid == 0)
  }

  @Test(.enabled(if: geteuid() == 0)) func whatIsThereStaysSomebodyElses() throws {
    let folder = try TemporaryFolder()
    try OwnedFolder.make("\(folder.path)/a", owner: 12345)
    #expect(try !OwnedFolder.make("\(folder.path)/a", owner: 999))
    #expect(try status("\(folder.path)/a").st_uid == 12345)
  }

  @Test func whatIsInTheWayIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "")
    let error = #expect(throws: IOError.self) { try OwnedFolder.make("\(folder.path)/file/a/b") }
    #expect("\(error!)" == "mkdir \(folder.path)/file/a/b: Not a directory")
  }
}
