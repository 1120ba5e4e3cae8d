import Daemon
import Glibc
import TestSupport
import Testing

/// Locks of programs that write their number into a file.
@Suite struct ForeignLockTests {
  private func holder(_ text: String, modified: Int? = nil) throws -> String? {
    let folder = try TemporaryFolder()
    let path = try folder.write("lock", text)
    if let modified {
      let times = [timeval(tv_sec: modified, tv_usec: 0), timeval(tv_sec: modified, tv_usec: 0)]
      utimes(path, times)
    }
    return ForeignLock.holder(of: path)
  }

  @Test func aLivingProcessHoldsItsLock() throws {
    #expect(try holder("\(getppid())")?.hasSuffix("(pid \(getppid()))") == true)
    #expect(try holder("\(getppid())\n") != nil)
  }

  /// The number of a process that is younger than the file was given to it after the lock's owner had ended.
  @Test func whatAKilledProgramHasLeftIsNoLock() throws {
    #expect(try holder("4194305") == nil)
    #expect(try holder("\(getppid())", modified: 1_000_000_000) == nil)
  }

  @Test(arguments: ["", "\n", "munin", "-1", "0", "99999999999999999999", "\0\0"])
  func otherTextIsNoLock(text: String) throws { #expect(try holder(text) == nil) }

  @Test func aMissingFileOrAFolderIsNoLock() {
    #expect(ForeignLock.holder(of: "/tmp/no-such-file") == nil)
    #expect(ForeignLock.holder(of: "/tmp") == nil)
  }
}
