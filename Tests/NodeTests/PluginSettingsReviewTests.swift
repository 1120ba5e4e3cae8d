import PluginKit
import Plugins
import Settings
import Testing

@testable import Node

/// What `apus-node check` says of plugin-conf.d.
struct PluginSettingsReviewTests {
  private func plugin(_ name: String) -> BuiltIn? {
    FamilyName.plugin(named: name, among: builtIn)
  }

  /// - Parameters:
  ///   - services: those that built-in plugins answer.
  ///   - scripts: those that other programs answer.
  private func review(
    _ text: String, services: [String] = ["df", "load", "memory_available"], scripts: [String] = [],
    library: Set<String> = ["apt", "tcp"], needsLinks: Bool = true, packaged: Bool = false,
    absences: [String: String] = [:]
  ) -> [String] {
    var all: [String: BuiltIn?] = [:]
    for name in services { all[name] = plugin(name) }
    for name in scripts { all[name] = .some(nil) }
    let review = PluginSettingsReview(
      services: all, builtIns: builtIn, library: library,
      linking: needsLinks ? { "ln -s /bin/apus-node /etc/\($0)" } : nil,
      absences: absences, isPackaged: { _ in packaged })
    let settings = PluginSettings.parse([SettingsFile(name: "conf", text: text)]).settings
    return review.findings(in: settings).map { ($0.isProblem ? "problem " : "warning ") + $0.text }
  }

  @Test(
    arguments: [
      ("[dff]\n", ["warning conf:1: [dff]: fits no service; did you mean [df]?"]),
      ("[dff*]\nuser root\n", ["warning conf:1: [dff*]: fits no service; did you mean [df]?"]),
      (
        "[snmp_ups1_ups]\n",
        [
          "warning conf:1: [snmp_ups1_ups]: no such service; add it: ln -s /bin/apus-node /etc/snmp_ups1_ups"
        ]
      ),
      ("[quite-different-word]\n", ["warning conf:1: [quite-different-word]: fits no service"]),
      ("[load]\n[df*]\n[*]\n[apt]\n[t*]\n[if_*]\n[ups_*]\n[upt*]\n", []),
    ] as [(String, [String])])
  func aSectionThatFitsNoServiceIsTold(text: String, findings: [String]) {
    #expect(review(text) == findings)
  }

  @Test func withoutLinksThereIsNoneToAdd() {
    #expect(
      review("[uptime]\n", needsLinks: false) == ["warning conf:1: [uptime]: no such service"])
  }

  @Test func sectionsThatPackagesBringAreNotToldUnlessTheyLookLikeASlip() {
    #expect(review("[quite-different-word]\n[postgres_*]\n", packaged: true) == [])
    #expect(review("[laod]\n", packaged: true).count == 1)
  }

  @Test func oneSectionIsToldOnce() { #expect(review("[dff]\n[dff]\n").count == 1) }

  @Test(arguments: [
    (
      "env.load_warnign 5",
      "warning conf:2: [load] env.load_warnign: the plugin has no such setting; did you mean env.load_warning?"
    ),
    ("env.load_warning abc", "problem conf:2: [load] env.load_warning: expected "),
  ])
  func aVariableThatMeansNothingIsTold(line: String, finding: String) {
    let found = review("[load]\n\(line)\n")
    #expect(found.count == 1 && found[0].hasPrefix(finding), "\(found)")
  }

  @Test func aRangeThatCannotBeMeantIsTold() {
    #expect(
      review("[memory_available]\nenv.available_warning 15\nenv.hardware_corrupted_critical :0\n")
        == [
          "warning conf:2: [memory_available] env.available_warning 15: the values are bytes; "
            + "did you mean 15%: (at least) or :15% (at most)?"
        ])
  }

  @Test func whatIsUnderstoodIsNotTold() {
    #expect(review("[load]\nenv.load_warning 5\nenv.load_critical :9\n[*]\nenv.LANG C\n") == [])
  }

  /// A script may know what no built-in plugin does.
  @Test func scriptsKnowTheirOwnSettings() {
    #expect(review("[tcp]\nenv.anything 1\n", scripts: ["tcp"]) == [])
    #expect(review("[*]\nenv.anything 1\n", scripts: ["tcp"]) == [])
    #expect(review("[*]\nenv.anything 1\n").count == 1)
  }

  /// One of several plugins is enough.
  @Test func aWildcardIsForWhoeverKnowsTheVariable() {
    #expect(review("[*]\nenv.load_warning 5\n") == [])
  }

  /// Where autoconf says no, that is the reason.
  @Test func whyAServiceIsNotThereIsSaid() {
    let text = "[ntp_peers]\nenv.host 127.0.0.1\n"
    let absences = ["ntp_peers": "no (no answer)"]
    #expect(
      review(text, needsLinks: false, absences: absences)
        == ["warning conf:1: [ntp_peers]: no such service; its autoconf says: no (no answer)"])
    #expect(
      review(text, absences: absences) == [
        "warning conf:1: [ntp_peers]: no such service; its autoconf says: no (no answer); "
          + "add it: ln -s /bin/apus-node /etc/ntp_peers"
      ])
  }

  @Test(arguments: [
    ("[memory_available]\nenv.available_critical 150%:", "no share is above 100 %"),
    ("[memory_available]\nenv.available_critical :-5%", "no share is below 0 %"),
    ("[df]\nenv.critical -5", "the values are percent, none is below 0, so no value is good"),
    ("[df]\nenv.critical -5:", "the values are percent, none is below 0"),
  ])
  func aBoundThatNothingPassesIsTold(text: String, reason: String) {
    let found = review(text + "\n")
    #expect(found.count == 1 && found[0].hasPrefix("warning conf:2: "), "\(found)")
    #expect(found.first?.hasSuffix(": \(reason)") == true, "\(found)")
  }

  /// More memory may be committed than there is.
  @Test func aShareAboveAHundredIsFineWhereItCanBeMeant() {
    let text = "[memory]\nenv.committed_warning 150%\nenv.free_warning 150%:\n"
    #expect(
      review(text, services: ["memory"])
        == ["warning conf:3: [memory] env.free_warning 150%:: no share is above 100 %"])
  }
}
