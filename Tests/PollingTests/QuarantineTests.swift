import Inventory
import Testing

@testable import Polling

/// Stories of a service that breaks conversations, beside one that does not.
@Suite struct QuarantineTests {
  /// Plays polls of a node.
  /// - Parameter service: what would come of asking it in each poll: `!` certain break, `?` perhaps its fault, `+` an answer,
  ///   `x` the node stopped answering, `-` not listed.
  /// - Returns: what happened in each poll: `.` left out, else as given, in brackets when it was asked last.
  private func story(_ service: String, period: Int = 300) -> String {
    var quarantine = Quarantine()
    var told = ""
    for (poll, character) in service.enumerated() {
      var services = [PolledService(name: "sound"), PolledService(name: "odd")]
      let isLast = quarantine.askedLast.contains("odd")
      var isLeftOut = false
      if character == "-" {
        services.removeLast()
      } else if quarantine.leftOut.contains("odd") {
        services[1].outcome = .leftOut
        isLeftOut = true
      } else {
        services[1].outcome =
          switch character {
          case "!": .broke(reason: "r", isCertain: true)
          case "?": .broke(reason: "r", isCertain: false)
          case "x": .unanswered
          default: .answered
          }
      }
      quarantine.apply(&services, now: 1_700_000_000 + poll * period, period: period)
      told += isLeftOut ? "." : isLast ? "[\(character)]" : "\(character)"
      if isLeftOut { #expect(services[1].trouble?.hasPrefix("r: left out of the next ") == true) }
      if character == "+", !isLeftOut { #expect(services[1].trouble == nil) }
      #expect(services[0].trouble == nil && !quarantine.leftOut.contains("sound"))
    }
    return told
  }

  @Test func pausesGrowUpToAnHour() {
    #expect(
      story(String(repeating: "!", count: 36))
        == "!..[!]....[!]........[!]...........[!]......")
    // At a rate of an hour there is no pause but one.
    #expect(story("!!!!!!", period: 3600) == "!.[!].[!].")
  }

  @Test func twoGoodAnswersEndIt() {
    #expect(story("!+++++!++") == "!..[+][+]+!..")
    #expect(story("!+++!+++++") == "!..[+][!]....[+]")
    #expect(story("!++x++++") == "!..[x][+][+]++")
  }

  @Test func aSuspectIsAskedLastOnce() {
    #expect(story("?++++") == "?[+][+]++")
    #expect(story("?!+++") == "?[!]..[+]")
  }

  @Test func aServiceThatIsNotListedIsForgotten() {
    #expect(story("!-+++") == "!-+++")
  }

  @Test func theReasonAndTheTimeOfTheNextTryAreTold() {
    var quarantine = Quarantine()
    var services = [PolledService(name: "odd")]
    services[0].outcome = .broke(reason: "more than 8 MiB in fetch odd", isCertain: true)
    quarantine.apply(&services, now: 1_700_000_000, period: 300)
    let told = services[0].trouble ?? ""
    #expect(
      told.hasPrefix(
        "more than 8 MiB in fetch odd: left out of the next 2 polls, asked again at about "),
      "\(told)")
    #expect(told.hasSuffix(":20"))  // 900 s later
    services[0].outcome = .leftOut
    services[0].trouble = nil
    quarantine.apply(&services, now: 1_700_000_300, period: 300)
    // The same words, so that the log says them once.
    #expect(services[0].trouble == told)
  }
}
