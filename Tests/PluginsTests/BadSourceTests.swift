import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// The file that each plugin reads.
private let sources = [
  ("cpu", "/proc/stat"), ("load", "/proc/loadavg"), ("memory", "/proc/meminfo"),
  ("swap", "/proc/vmstat"), ("uptime", "/proc/uptime"),
]

struct BadSourceTests {
  private func failure(_ plugin: String, _ text: [UInt8]?) throws -> PluginError? {
    let folder = try TemporaryFolder()
    for (_, file) in sources where file == sources.first(where: { $0.0 == plugin })!.1 {
      if let text { try folder.write(String(file.dropFirst()), text) }
    }
    let host = PluginKit.Host(root: folder.path, service: plugin)
    var reply = Reply()
    do throws(PluginError) {
      try local(plugin, host, &reply)
      return nil
    } catch { return error }
  }

  private func local(
    _ name: String, _ host: PluginKit.Host, _ reply: inout Reply
  ) throws(PluginError) {
    for case .local(let plugin) in builtIn where "\(plugin.name)" == name {
      try plugin.values(on: host, into: &reply)
    }
  }

  @Test(arguments: sources)
  func aMissingFileIsNamed(plugin: String, file: String) throws {
    let error = try #require(try failure(plugin, nil))
    #expect(error.source == file)
    #expect("\(error)" == "cannot read \(file): No such file or directory")
  }

  @Test(arguments: sources)
  func anEmptyFileIsAnError(plugin: String, file: String) throws {
    #expect(try failure(plugin, [])?.source == file)
  }

  @Test(arguments: sources)
  func otherTextIsAnError(plugin: String, file: String) throws {
    for text in ["\n", "\n\n\n", "hello world\n", "\0\0\0\0", "cpu\n", "MemTotal:\n", "pswpin\n"] {
      #expect(try failure(plugin, Array(text.utf8))?.source == file, "\(text)")
    }
  }

  @Test(arguments: [
    // Text that comes near, per plugin.
    ("cpu", "cpu 1 2 3\n"), ("cpu", "cpu  1 2 3\n4 5 6"), ("cpu", "cpu0 1 2 3 4\n"),
    ("cpu", "intr 5\ncpu  1 2 3 4\n"), ("cpu", "cpu  -x 2 3 4\n"), ("cpu", "cpu  1 2 x 4\n"),
    ("cpu", "cpu  1 2 3 99999999999999999999999\n"),
    ("load", "0.37"), ("load", "0.37 \n"), ("load", "0.37 nan 1\n"), ("load", "0.37 0,26 1\n"),
    ("memory", "MemTotal: 12 kB\n"), ("memory", "MemFree: 12 kB\n"),
    ("memory", "MemTotal: x kB\nMemFree: 1 kB\n"),
    ("memory", "MemTotal: 18446744073709551615 kB\nMemFree: 1 kB\n"),
    ("swap", "pswpin 1\n"), ("swap", "pswpout 1\n"), ("swap", "pswpin x\npswpout 1\n"),
    ("swap", "pswpinx 1\npswpoutx 2\n"),
    ("uptime", "up 3 days\n"), ("uptime", "1.5x 3\n"), ("uptime", "inf 1\n"),
  ])
  func textThatComesNearIsAnError(plugin: String, text: String) throws {
    let error = try #require(try failure(plugin, Array(text.utf8)))
    #expect(sources.contains { $0.0 == plugin && $0.1 == error.source })
    #expect("\(error)".utf8.count < 300)
  }

  /// Whatever the file holds, the plugin gives an error or lines, and does not trap; an error is short enough
  /// for the log.
  @Test(arguments: sources)
  func randomFilesAreSurvived(plugin: String, file: String) throws {
    let folder = try TemporaryFolder()
    var noise = Noise(UInt64(plugin.utf8.count) * 977)
    let name = String(file.dropFirst())
    let sane = machines(of: plugin).map {
      Array((FileManager.default.contents(atPath: "\(fixtures)/\(plugin)/\($0)\(file)") ?? Data()))
    }
    let pieces = [
      "cpu ", "cpu0 ", "MemTotal: ", "MemFree:", "SwapTotal:", "Shmem:", "Cached:", " kB\n", "\n",
      " ",
      "18446744073709551615", "0", "-1", "1e999", "pswpin ", "pswpout ", "\t", ":", "9999999999",
    ]
    for round in 0..<200 {
      let text =
        switch round % 3 {
        case 0: noise.bytes(Int.random(in: 0...300, using: &noise))
        case 1: noise.text(of: pieces, count: 60)
        default: noise.damaged(sane.randomElement(using: &noise)!)
        }
      try folder.write(name, text)
      let settings = [
        "HZ": ["1", "0", "-5", "x", "18446744073709551615"].randomElement(using: &noise)!,
        "warning": ["50%", "1e400%", ":", "%", "nan%:inf%", "-3%:"].randomElement(using: &noise)!,
      ]
      let host = PluginKit.Host(root: folder.path, service: plugin, settings: settings)
      for case .local(let built) in builtIn where "\(built.name)" == plugin {
        var reply = Reply()
        do throws(PluginError) {
          try built.values(on: host, into: &reply)
          #expect(reply.text.split(separator: "\n").allSatisfy { $0.contains(".value ") })
        } catch {
          #expect(error.source == file)
          #expect("\(error)".utf8.count < 1000)
        }
        _ = try? built.graph(on: host).wireText
      }
    }
  }

  @Test func autoconfSaysWhatIsMissing() throws {
    let folder = try TemporaryFolder()
    let host = PluginKit.Host(root: folder.path)
    for (name, file) in sources {
      for case .local(let plugin) in builtIn where "\(plugin.name)" == name {
        #expect(plugin.autoconf(on: host) == .no("no \(file)"))
        #expect(
          plugin.autoconf(on: PluginKit.Host(root: "\(fixtures)/\(name)/linux-2.6")) == .yes)
      }
    }
  }
}
