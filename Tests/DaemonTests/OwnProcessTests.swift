import Daemon
import Glibc
import Testing

struct OwnProcessTests {
  @Test func theEnvironmentIsTheWholeOne() {
    setenv("APUS_TEST_WORD", "a=b c", 1)
    defer { unsetenv("APUS_TEST_WORD") }
    #expect(OwnProcess.environment.contains("APUS_TEST_WORD=a=b c"))
  }

  @Test func theExecutableIsAFileThatRuns() throws {
    let path = try #require(OwnProcess.executable)
    #expect(path.hasPrefix("/") && access(path, X_OK) == 0)
    #expect(OwnProcess.realPath("/nonexistent/x") == nil)
  }
}
