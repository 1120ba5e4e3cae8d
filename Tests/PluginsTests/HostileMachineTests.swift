import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// What the plugins of the host's basics say on machines that are damaged: values or an error that names what was
/// looked at, never a trap.
struct HostileMachineTests {
  /// Each plugin and a file without which it has nothing to say.
  static let sources = [
    ("df", "/proc/self/mountinfo"), ("df_inode", "/proc/self/mountinfo"),
    ("diskstats", "/proc/diskstats"), ("entropy", "/proc/sys/kernel/random/entropy_avail"),
    ("forks", "/proc/stat"), ("if_", "/proc/net/dev"), ("if_err_", "/proc/net/dev"),
    ("interrupts", "/proc/stat"), ("irqstats", "/proc/interrupts"),
    ("memory_available", "/proc/meminfo"), ("memory_pressure", "/proc/vmstat"),
    ("netstat", "/proc/net/snmp"), ("open_files", "/proc/sys/fs/file-nr"),
    ("open_inodes", "/proc/sys/fs/inode-nr"), ("proc_pri", "/proc"), ("processes", "/proc"),
    ("swap_usage", "/proc/swaps"), ("threads", "/proc"), ("tmpfs", "/proc/self/mountinfo"),
    ("vmstat", "/proc/stat"), ("web_processes", "/proc"),
  ]

  @Test(arguments: sources)
  func whatIsMissingIsNamed(plugin: String, source: String) throws {
    let folder = try TemporaryFolder()
    let built = try local(plugin)
    #expect(throws: PluginError.self) {
      do {
        _ = try LittleMachine(folder.path).answers(of: built)
      } catch let error as PluginError {
        #expect(error.source == source)
        throw error
      }
    }
    let host = LittleMachine(folder.path).host(for: built)
    guard case .no(let reason) = built.autoconf(on: host) else {
      Issue.record("\(plugin) is offered where there is nothing")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(arguments: sources.filter { $0.1 != "/proc" && !["df", "df_inode"].contains($0.0) })
  func anEmptyFileIsAnErrorOrNothing(plugin: String, source: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(String(source.dropFirst()), "")
    let machine = LittleMachine(folder.path)
    let built = try local(plugin)
    var reply = Reply()
    do {
      try built.values(on: machine.host(for: built), into: &reply)
      #expect(plugin == "diskstats" && !reply.text.contains(".value"))
    } catch {
      #expect(error.source == source)
    }
  }

  /// Every file of every machine is damaged in turn, in many ways.
  @Test(arguments: sources.map(\.0) + ["users"])
  func damagedFilesAreSurvived(plugin: String) throws {
    let built = try local(plugin)
    var noise = Noise(UInt64(plugin.utf8.count) * 7919)
    for name in machines(of: plugin) {
      let folder = try TemporaryFolder()
      let machine = "\(folder.path)/machine"
      try copy("\(fixtures)/\(plugin)/\(name)", to: machine)
      let files = sourceFiles(of: machine)
      #expect(!files.isEmpty)
      for _ in 0..<4 {
        let file = files.randomElement(using: &noise)!
        let sane = FileManager.default.contents(atPath: file)!
        let text =
          switch Int.random(in: 0...3, using: &noise) {
          case 0: noise.bytes(Int.random(in: 0...400, using: &noise))
          default: noise.damaged(Array(sane))
          }
        try Data(text).write(to: URL(fileURLWithPath: file))
        survives(built, on: LittleMachine(machine))
        try sane.write(to: URL(fileURLWithPath: file))
      }
    }
  }

  private func survives(_ plugin: any Plugin, on machine: LittleMachine) {
    let buffer = ReadBuffer()
    for seconds in [1000.0, 1300] {
      let host = machine.host(for: plugin, at: seconds, [:], buffer)
      var reply = Reply()
      do throws(PluginError) {
        try plugin.values(on: host, into: &reply)
        let answer = FetchAnswer(reply.bytes.span, service: host.service)
        #expect(answer.faults.isEmpty, "\(reply.text)")
      } catch {
        #expect(error.source.hasPrefix("/"))
        #expect("\(error)".utf8.count < 400)
      }
      // The config may fail where the values do not, and must not trap either.
      _ = (try? plugin.graphs(on: host))?.map(\.wireText)
      _ = plugin.suggestions(on: host)
      _ = plugin.autoconf(on: host)
    }
  }

  private func copy(_ from: String, to: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: to, withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: from) {
      // The folder of another plugin's machine is copied, not linked to.
      let source = URL(fileURLWithPath: "\(from)/\(name)").resolvingSymlinksInPath().path
      try files.copyItem(atPath: source, toPath: "\(to)/\(name)")
    }
  }

  private func sourceFiles(of machine: String) -> [String] {
    (FileManager.default.enumerator(atPath: machine)?.allObjects as? [String] ?? [])
      .sorted().filter { !$0.hasSuffix(".txt") && $0.contains("/") }.map { "\(machine)/\($0)" }
      .filter {
        // A link leads out of the machine: what is damaged must not be this one's programs.
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) != nil { return false }
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder)
          && !isFolder.boolValue
      }
  }
}
