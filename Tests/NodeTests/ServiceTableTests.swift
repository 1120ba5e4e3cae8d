import EventLoop
import MuninWire
import PluginKit
import Settings
import TestSupport
import Testing

@testable import Node

/// An answerer that is never asked.
private final class Silent: Answerer {
  func answer(
    _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> AnswerOutcome { .now(.unknown) }
}

@LoopActor
private func service(
  _ name: String, node: String = "n", multigraph: Bool = false,
  _ knowledge: Service.Knowledge = .ready
) -> Service {
  Service(
    name: name, source: .outside("/plugins/\(name)"), answerer: Silent(),
    settings: ServiceSettings(), node: node, knowledge: knowledge, isMultigraph: multigraph)
}

/// A table that was filled.
@LoopActor
private func table(_ services: Service...) -> ServiceTable {
  let table = ServiceTable(nodeName: "N")
  table.replace(with: services)
  table.found()
  return table
}

struct ServiceTableTests {
  @Test func namesAreInByteOrderAndOfOneNode() async throws {
    let (names, others, nodes, line) = try await onTestLoop {
      let table = table(
        service("b"), service("B"), service("a_"), service("a1"), service("far", node: "m"))
      return (
        table.names(host: nil, for: announced("")), table.names(host: "M", for: announced("")),
        table.nodes, String(decoding: table.line(host: "n", for: announced("")), as: UTF8.self)
      )
    }
    #expect(names == ["B", "a1", "a_", "b"])
    #expect(others == ["far"])
    #expect(nodes == ["m", "n"])
    #expect(line == "B a1 a_ b\n")
  }

  @Test func whatIsShownDependsOnWhatIsKnown() async throws {
    let lists = try await onTestLoop {
      let dirty = service("dirty")
      dirty.isDirty = true
      let table = table(
        service("multi", multigraph: true), dirty, service("new", .pending),
        service("none", .dropped), service("plain"))
      return ["", "multigraph", "dirtyconfig", "multigraph dirtyconfig"].map {
        table.names(host: nil, for: announced($0)).joined(separator: " ")
      }
    }
    #expect(
      lists == ["plain", "multi plain", "dirty plain", "dirty multi new plain"])
  }

  /// A line is known until something changes, and is not kept while something is still to be learnt.
  @Test func linesAreKeptUntilAChange() async throws {
    let known = try await onTestLoop {
      let table = table(service("a"))
      let plain = announced("")
      var known = [table.knownLine(host: nil, for: plain) != nil]
      _ = table.line(host: nil, for: plain)
      known.append(table.knownLine(host: nil, for: plain) != nil)
      known.append(table.knownLine(host: nil, for: announced("multigraph")) != nil)
      table.insert([service("b", .pending)])
      table.changed()
      _ = table.line(host: nil, for: plain)
      known.append(table.knownLine(host: nil, for: plain) != nil)
      table["b"]?.knowledge = .ready
      table.changed()
      _ = table.line(host: nil, for: plain)
      known.append(table.knownLine(host: nil, for: plain) != nil)
      return known
    }
    #expect(known == [false, true, false, false, true])
  }

  @Test func aMasterCannotFillTheMemoryWithNames() async throws {
    let known = try await onTestLoop {
      let table = table(service("a"))
      for number in 0..<1000 { _ = table.line(host: "host\(number)", for: announced("")) }
      return (0..<1000).count { table.knownLine(host: "host\($0)", for: announced("")) != nil }
    }
    #expect(known == 64)
  }

  @Test func aListWaitsForItsOwnServicesUntilTheLimit() async throws {
    let (own, early, late) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      var settings = ServiceSettings()
      settings.hostName = "m"
      let elsewhere = Service(
        name: "x", source: .outside("/x"), answerer: Silent(), settings: settings, node: "m",
        knowledge: .pending)
      let table = table(elsewhere)
      // The other node's service keeps no list of this node waiting.
      await table.untilKnown("N", within: .seconds(20), clock)
      let own = clock.waiting
      table.insert([service("y", .pending)])
      let over = Locked(false)
      let waiting = EventLoop.start {
        await table.untilKnown("N", within: .seconds(20), clock)
        over.with { $0 = true }
      }
      try await reach { clock.waiting == 1 }
      let early = over.with { $0 }
      clock.advance(by: .seconds(20))
      await waiting.value
      return (own, early, over.with { $0 })
    }
    #expect(own == 0)
    #expect(!early && late)
  }

  @Test func atTheEndNobodyWaits() async throws {
    let isOver = try await onTestLoop {
      let table = ServiceTable(nodeName: "n")
      let waiting = EventLoop.start { await table.untilFound() }
      try await turn()
      table.stop()
      await waiting.value
      await table.untilKnown("n", within: .seconds(20), LoopClock(standingAt: 0))
      return true
    }
    #expect(isOver)
  }
}
