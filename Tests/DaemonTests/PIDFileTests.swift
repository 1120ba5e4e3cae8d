import Daemon
import EventLoop
import Glibc
import TestSupport
import Testing

struct PIDFileTests {
  @Test func anOldNumberIsReplacedAndOursRemoved() throws {
    let folder = try TemporaryFolder()
    // Above the largest number of a process.
    let path = try folder.write("pid", "4194305\n")
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

  /// The file is locked, whatever stands in it.
  @Test func aSecondDaemonIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/pid"
    let first = try PIDFile(path)
    let error = #expect(throws: IOError.self) { try PIDFile(path) }
    let text = "\(error!)"
    #expect(text.hasPrefix("pid_file \(path): in use by "))
    #expect(text.hasSuffix(" (pid \(getpid())): end it, or set another pid_file"))
    #expect(folder.read("pid") == "\(getpid())\n")
    first.remove()
    try PIDFile(path).remove()
    #expect(folder.read("pid") == nil)
  }

  /// As of munin-node, which does not lock it.
  @Test func theNumberOfARunningProcessIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "\(getppid())\n")
    let error = #expect(throws: IOError.self) { try PIDFile(path) }
    #expect("\(error!)".contains(" (pid \(getppid())): end it, or set another pid_file"))
    #expect(folder.read("pid") == "\(getppid())\n")
  }

  /// The number was given to a younger process after the daemon that wrote the file had ended.
  @Test func aNumberGivenAwayIsReplaced() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "\(getppid())\n")
    var times = [
      timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0),
    ]
    try #require(utimes(path, &times) == 0)
    try PIDFile(path).remove()
    #expect(folder.read("pid") == nil)
  }

  /// A program that executes itself anew keeps its number.
  @Test func ourOwnNumberIsReplaced() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "\(getpid())\n")
    try PIDFile(path).remove()
    #expect(folder.read("pid") == nil)
  }

  /// Its folder may belong to another user, who must not make root write elsewhere.
  @Test func noLinkIsFollowed() throws {
    let folder = try TemporaryFolder()
    try folder.write("victim", "42")
    try folder.link("pid", to: "\(folder.path)/victim")
    let error = #expect(throws: IOError.self) { try PIDFile("\(folder.path)/pid") }
    #expect("\(error!)".hasPrefix("pid_file /"))
    #expect("\(error!)".contains(": expected a regular file or none, found "))
    #expect(folder.read("victim") == "42")
  }

  @Test func aFileOfAnotherKindIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pid", "root:x:0:0\n")
    let error = #expect(throws: IOError.self) { try PIDFile(path) }
    #expect("\(error!)".hasPrefix("pid_file /"))
    #expect("\(error!)".hasSuffix(": expected a process number or no file, found other text"))
    #expect(folder.read("pid") == "root:x:0:0\n")
  }

  @Test func noneIsNoFile() throws { try PIDFile(nil).remove() }
}
