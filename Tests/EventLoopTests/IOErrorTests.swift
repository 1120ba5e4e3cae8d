import EventLoop
import Glibc
import Testing

struct IOErrorTests {
  /// What a kernel says when `::` is to be bound and it has no IPv6, or had it taken away.
  @Test(arguments: [
    ("socket", EAFNOSUPPORT, true), ("socket", EMFILE, false), ("bind", EADDRNOTAVAIL, true),
    ("bind", EADDRINUSE, false), ("bind", EACCES, false), ("listen", EAFNOSUPPORT, false),
  ])
  func aMissingFamilyIsKnown(call: String, code: Int32, isMissing: Bool) {
    let error = IOError.system(call: call, subject: "[::]:4949", code: code)
    #expect(error.meansNoSuchFamily == isMissing)
    #expect(error.meansAddressInUse == (call == "bind" && code == EADDRINUSE))
  }
}
