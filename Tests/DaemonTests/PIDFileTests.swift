import Daemon
import EventLoop
import Glibc
import TestSupport
import Testing

struct PIDFileTests {
  @Test func anOldNumberIsReplacedAndOursRemoved() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "123\n")
    let file = try PIDFile(path)
    #expect(folder.read("pid") == "\(getpid())\n")
    file.remove()
    #expect(folder.read("pid") == nil)
  }

  @Test func somebodyElsesNumberStays() throws {
    let folder = try TemporaryFolder()
    let file = try PIDFile("\(folder.path)/pid")
    try folder.write("pid", "123\n")
    file.remove()
    #expect(folder.read("pid") == "123\n")
  }

  /// Its folder may belong to another user, who must not make root write elsewhere.
  @Test func noLinkIsFollowed() throws {
    let folder = try TemporaryFolder()
    try folder.write("victim", "42")
    try folder.link("pid", to: "\(folder.path)/victim")
    let error = #expect(throws: IOError.self) { try PIDFile("\(folder.path)/pid") }
    #expect("\(error!)".hasPrefix("write pid_file (no regular file is there) /"))
    #expect(folder.read("victim") == "42")
  }

  @Test func aFileOfAnotherKindIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "root:x:0:0\n")
    let error = #expect(throws: IOError.self) { try PIDFile(path) }
    #expect("\(error!)".hasPrefix("write pid_file (no process number is there) /"))
    #expect(folder.read("pid") == "root:x:0:0\n")
  }

  @Test func noneIsNoFile() throws { try PIDFile(nil).remove() }
}
