import Logbook
import Testing

/// What is said once until it changes.
@Suite struct OnceLogTests {
  @Test(arguments: [
    ("- - -", "- - -"),
    ("a a a", "begun - -"),
    ("a b a", "begun changed changed"),
    ("a - - a", "begun ended - begun"),
  ])
  func eachChangeIsReportedOnce(errors: String, reported: String) {
    var log = OnceLog<String>()
    let news = errors.split(separator: " ").map { error in
      switch log.update(error == "-" ? nil : String(error), of: "x") {
      case .begun(let text):
        #expect(text == error)
        return "begun"
      case .changed(let text):
        #expect(text == error)
        return "changed"
      case .ended: return "ended"
      case nil: return "-"
      }
    }
    #expect(news.joined(separator: " ") == reported)
  }

  @Test func subjectsAreIndependent() {
    var log = OnceLog<Int>()
    #expect(log.update("full", of: 1) == .begun("full"))
    #expect(log.update("full", of: 2) == .begun("full"))
    #expect(log.update(nil, of: 1) == .ended)
    #expect(log[1] == nil && log[2] == "full")
  }

  @Test func aForgottenSubjectReportsNoEnd() {
    var log = OnceLog<Int>()
    _ = log.update("full", of: 1)
    log.forget(1)
    #expect(log.isEmpty)
    #expect(log.update(nil, of: 1) == nil)
  }

  /// A peer that invents subjects costs log lines and no memory.
  @Test func theNumberOfSubjectsIsBounded() {
    var log = OnceLog<Int>(limit: 2)
    for subject in 0..<100 { #expect(log.update("full", of: subject) == .begun("full")) }
    #expect(log[1] == "full" && log[2] == nil)
    #expect(log.update("empty", of: 1) == .changed("empty"))
  }
}
