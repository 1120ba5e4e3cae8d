import EventLoop
import Logbook
import MuninWire
import PluginKit
import Settings
import TestSupport
import Testing

@testable import Node

/// An answerer that says what it is told to, at once or later.
private final class Told: Answerer {
  var health = AnswerHealth.good
  var isLate = false

  func answer(
    _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> AnswerOutcome {
    let health = self.health
    guard isLate else {
      reply.append("\(question.rawValue)\n")
      return .now(health)
    }
    return .later {
      var answer = LateAnswer()
      answer.reply.append("late \(question.rawValue)\n")
      answer.health = health
      return answer
    }
  }
}

struct ServiceAskerTests {
  private struct World {
    let folder: TemporaryFolder
    let told: Told
    let service: Service
    let asker: ServiceAsker

    @LoopActor
    init() throws {
      folder = try TemporaryFolder()
      told = Told()
      service = Service(
        name: "s", source: .outside("/s"), answerer: told, settings: ServiceSettings(), node: "n")
      asker = ServiceAsker(log: try Logbook(to: .file("\(folder.path)/log")))
    }

    /// A whole answer, and whether it was there at once.
    @LoopActor
    func ask(_ question: PluginQuestion = .fetch) async -> (text: String, atOnce: Bool) {
      var reply = Reply()
      let caller = Caller(address: "", capabilities: Capabilities())
      guard let late = asker.answer(of: service, question, for: caller, into: &reply) else {
        return (reply.text, true)
      }
      return (await late().text, false)
    }

    var logged: [String] {
      (folder.read("log") ?? "").split(separator: "\n").map {
        $0.split(separator: "] ", maxSplits: 1).last.map(String.init) ?? ""
      }
    }
  }

  @Test func anAnswerIsThereAtOnceOrComesLater() async throws {
    let answers = try await onTestLoop {
      let world = try World()
      let first = await world.ask()
      world.told.isLate = true
      return [first, await world.ask(.config)]
    }
    #expect(answers.map(\.text) == ["fetch\n.\n", "late config\n.\n"])
    #expect(answers.map(\.atOnce) == [true, false])
  }

  @Test(arguments: [false, true])
  func anErrorIsLoggedOnceUntilItChangesOrEnds(late: Bool) async throws {
    let logged = try await onTestLoop {
      let world = try World()
      world.told.isLate = late
      for health in [
        AnswerHealth.good, .error("one"), .error("one"), .unknown, .error("one"), .error("two"),
        .unknown, .good, .good, .error("one"),
      ] {
        world.told.health = health
        _ = await world.ask()
      }
      return world.logged
    }
    #expect(logged == ["s: one", "s: two", "s: answers again", "s: one"])
  }
}
