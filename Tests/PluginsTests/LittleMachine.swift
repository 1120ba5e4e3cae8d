import Foundation
import PluginKit
import TestSupport

/// A machine made of files. Beside those of the machine itself there may be, in its folder,
/// - `service.txt`: the name a family is asked by,
/// - `statvfs.txt`: what statvfs says of a mount point, in a row each: path, blocks, free ones, those free for
///   everybody, inodes, free inodes,
/// - `adjtimex.txt`: what the kernel says of its clock: state, status, offset, frequency, largest and estimated error,
///   time constant, TAI,
/// - `earlier/`: the same machine five minutes before.
struct LittleMachine {
  let root: String

  init(_ root: String) { self.root = root }

  func answers(
    of plugin: any Plugin, settings: [String: String] = [:]
  ) throws -> (config: String, values: String) {
    let buffer = ReadBuffer()
    let earlier = LittleMachine(root + "/earlier")
    if FileManager.default.fileExists(atPath: earlier.root) {
      let host = earlier.host(for: plugin, at: 1000, settings, buffer)
      _ = try earlier.asked(plugin, host)
    }
    return try asked(plugin, host(for: plugin, at: 1300, settings, buffer))
  }

  /// A plugin's view of the machine, some seconds after its start.
  func host(
    for plugin: any Plugin, at seconds: Double = 1300, _ settings: [String: String] = [:],
    _ buffer: ReadBuffer = ReadBuffer()
  ) -> PluginKit.Host {
    let service = try? String(contentsOfFile: root + "/service.txt", encoding: .utf8)
    let root = root
    let systems = fileSystems
    let time = kernelTime
    return PluginKit.Host(
      root: root, service: service?.trimmingCharacters(in: .newlines) ?? "\(plugin.name)",
      settings: settings, buffer: buffer,
      kernel: Kernel(
        secondsSinceBoot: { seconds }, fileSystem: { systems[String(cString: $0)] },
        hasProcess: { FileManager.default.fileExists(atPath: "\(root)/proc/\($0)") },
        time: { time }))
  }

  private func asked(
    _ plugin: any Plugin, _ host: PluginKit.Host
  ) throws -> (config: String, values: String) {
    var config = Reply()
    for graph in try plugin.graphs(on: host) {
      config.append(graph, multigraph: plugin.isMultigraph)
    }
    var values = Reply()
    try plugin.values(on: host, into: &values)
    return (config.text, values.text)
  }

  private var kernelTime: KernelTime? {
    let text = (try? String(contentsOfFile: root + "/adjtimex.txt", encoding: .utf8)) ?? ""
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard numbers.count == 8 else { return nil }
    return KernelTime(
      state: numbers[0], status: numbers[1], offset: numbers[2], frequency: numbers[3],
      maximumError: numbers[4], estimatedError: numbers[5], timeConstant: numbers[6],
      tai: numbers[7])
  }

  private var fileSystems: [String: FileSystemUse] {
    let text = (try? String(contentsOfFile: root + "/statvfs.txt", encoding: .utf8)) ?? ""
    var systems: [String: FileSystemUse] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let numbers = words.suffix(5).compactMap { UInt64($0) }
      guard numbers.count == 5 else { continue }
      systems[words.dropLast(5).joined(separator: " ")] = FileSystemUse(
        blocks: numbers[0], free: numbers[1], available: numbers[2], inodes: numbers[3],
        freeInodes: numbers[4])
    }
    return systems
  }
}
