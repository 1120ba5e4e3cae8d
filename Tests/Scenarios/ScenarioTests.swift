import Foundation
import Testing

/// Each file of `stories` is a story of values and events, with the mails that people get of it. `RECORD=1` writes the mails anew, and fails.
@Suite struct ScenarioTests {
  @Test(arguments: Story.names, StoryRun.Manner.allCases)
  func aStoryGivesItsMails(name: String, manner: StoryRun.Manner) async throws {
    let story = try Story(name)
    let run = try await StoryRun(story, manner)
    let (mails, missing) = try await run.run()
    if ProcessInfo.processInfo.environment["RECORD"] != nil {
      guard manner == .asWritten else { return }
      let before = try String(contentsOf: story.file, encoding: .utf8)
      try story.record(mails)
      let after = try String(contentsOf: story.file, encoding: .utf8)
      if before != after { Issue.record("\(name).txt was recorded anew") }
      return
    }
    for (line, found) in zip(story.lines, mails) where line.mails.sorted() != found.sorted() {
      let wanted = line.mails.isEmpty ? "no mail" : line.mails.joined(separator: "\n  ")
      let got = found.isEmpty ? "no mail" : found.joined(separator: "\n  ")
      Issue.record(
        "\(name).txt:\(line.number), \(manner): expected\n  \(wanted)\nfound\n  \(got)")
    }
    for text in missing { Issue.record("\(name).txt, \(manner), \(text)") }
  }

  @Test func thereAreStories() {
    #expect(Story.names.count >= 40)
  }
}
