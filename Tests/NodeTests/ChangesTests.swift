import EventLoop
import Glibc
import PluginKit
import Settings
import TestSupport
import Testing

@testable import Node

/// What the node does when its folders change while it runs.
struct ChangesTests {
  private func settings(_ text: String) -> PluginSettings {
    PluginSettings.parse([SettingsFile(name: "conf", text: text)]).settings
  }

  @Test func whatIsNewChangedOrGoneIsNoticedAndTheRestIsLeftAlone() async throws {
    let (lists, asked) = try await onTestLoop {
      let count = "[ \"$1\" = config ] && echo x >> $F/$(basename $0); echo graph_title T"
      let bench = try await Bench(scripts: ["kept": count, "gone": count, "changed": count])
      var lists = [await bench.list()]
      try bench.folder.remove("plugins/gone")
      try bench.folder.script("plugins/changed", count + "; echo multigraph m")
      try bench.folder.script("plugins/new", count)
      try await bench.services.refresh()
      lists += [await bench.list(), await bench.list("multigraph")]
      return (lists, ["kept", "changed", "new"].map { bench.folder.read($0) ?? "" })
    }
    #expect(lists == ["changed gone kept", "kept new", "changed kept new"])
    #expect(asked == ["x\n", "x\nx\n", "x\n"])
  }

  @Test func otherSettingsReachThePlugins() async throws {
    let answers = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["p": "echo \"graph_title $title\""], settings: "[p]\nenv.title One\n")
      var answers = [await bench.ask("p", .config)]
      try await bench.services.refresh(settings("[p]\nenv.title Two\nhost_name other\n"))
      answers += [
        await bench.ask("p", .config), await bench.list(), await bench.list(host: "other"),
      ]
      return answers
    }
    #expect(answers == ["graph_title One\n.\n", "graph_title Two\n.\n", "", "p"])
  }

  @Test func aFolderThatIsGoneLeavesAllAsItWas() async throws {
    let (list, error) = try await onTestLoop {
      let bench = try await Bench(scripts: ["p": "echo graph_title P"])
      try bench.folder.remove("plugins")
      var error = ""
      do throws(IOError) { try await bench.services.refresh() } catch let caught {
        error = "\(caught)"
      }
      return (await bench.list(), error)
    }
    #expect(list == "p")
    #expect(error.hasSuffix("/plugins: No such file or directory"))
  }

  /// While a plugin's config hangs the others are answered, and after 20 s they are listed.
  @Test func aConfigThatHangsDoesNotHideTheOthers() async throws {
    let (early, fetched, all) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        scripts: [
          "stuck": "[ \"$1\" = config ] && exec sleep 100; echo s.value 1",
          "well": "[ \"$1\" = config ] && { echo graph_title W; exit; }; echo w.value 1",
        ], clock: clock, load: false)
      try await bench.services.find(program: nil)
      let early = Locked<String?>(nil)
      let asking = EventLoop.start {
        let list = await bench.list()
        early.with { $0 = list }
      }
      let fetched = [await bench.ask("well"), await bench.ask("stuck")]
      try await reach("the config") { bench.services.reading == 1 }
      try await reach("the list's wait") { clock.waiting == 2 }
      #expect(early.with { $0 } == nil)
      clock.advance(by: .seconds(20))
      await asking.value
      // A master that knows all capabilities is shown a service whose config is not known yet.
      let all = EventLoop.start { await bench.list("multigraph dirtyconfig") }
      try await reach("the second wait") { clock.waiting == 2 }
      clock.advance(by: .seconds(20))
      let result = (early.with { $0 }, fetched, await all.value)
      bench.services.stop()
      return result
    }
    #expect(early == "well")
    #expect(fetched == ["w.value 1\n.\n", "s.value 1\n.\n"])
    #expect(all == "stuck well")
  }

  /// The port answers before the services were looked for: a master must not be told that there are none.
  @Test func whoAsksVeryEarlyWaitsForTheFirstLook() async throws {
    let answers = try await onTestLoop {
      let bench = try await Bench(scripts: ["p": "echo graph_title P"], load: false)
      let asking = [
        EventLoop.start { await bench.list() }, EventLoop.start { await bench.ask("p", .config) },
        EventLoop.start { await bench.services.nodes().joined() },
      ]
      try await turn(20)
      try await bench.services.find(program: nil)
      var answers: [String] = []
      for task in asking { answers.append(await task.value) }
      return answers
    }
    #expect(answers == ["p", "graph_title P\n.\n", "web01.example.com"])
  }

  /// A master that waits for a list does not hold up the end of the node.
  @Test func atTheEndNobodyWaitsForAListAnyMore() async throws {
    let (waited, ended) = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["stuck": "exec sleep 100"], clock: LoopClock(standingAt: 0), load: false)
      let answered = Locked(0)
      // One asks before the services were looked for, one while a config is being read.
      EventLoop.start {
        _ = await bench.list()
        answered.with { $0 += 1 }
      }
      try await turn(20)
      try await bench.services.find(program: nil)
      EventLoop.start {
        _ = await bench.list()
        answered.with { $0 += 1 }
      }
      try await turn(20)
      let waited = answered.with { $0 } == 0
      bench.services.stop()
      return (waited, await comesTrue { answered.with { $0 } == 2 })
    }
    #expect(waited && ended)
  }

  @Test func aListWaitsOnlyForItsOwn() async throws {
    let list = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["stuck": "exec sleep 100"], settings: "[stuck]\nhost_name other\n",
        clock: LoopClock(standingAt: 0), load: false)
      try await bench.services.find(program: nil)
      let list = await bench.list()
      bench.services.stop()
      return list
    }
    #expect(list == "")
  }

  /// The daemon that a plugin asks may come up after the node.
  @Test func whoHadNothingToSayIsAskedAgain() async throws {
    let lists = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        scripts: ["late": "[ -e $F/up ] && echo graph_title L; :"], clock: clock)
      var lists = [await bench.list()]
      try bench.folder.write("up", "")
      lists.append(await bench.list())
      clock.advance(by: .seconds(300))
      lists.append(await bench.list())
      await bench.services.settled()
      lists.append(await bench.list())
      return lists
    }
    #expect(lists == ["", "", "", "late"])
  }
}
