import EventLoop
import Foundation
import PluginKit

@testable import Plugins

/// What an ntpd would answer.
struct FakeNTPD: Sendable {
  struct Peer: Sendable {
    var id: UInt16
    var status: UInt16
    var text: String
  }

  var system = """
    leap=00, stratum=2, rootdelay=1.178, rootdisp=192.5, refid=203.0.113.11, reftime=0xeeb05756.80000000,
    clock=0xeeb05759.00000000, offset=-250.5, frequency=-12.5, sys_jitter=2.25, version="ntpd 4.2.8p15"
    """
  var status: UInt16 = 0x0014
  var peers = [
    Peer(
      id: 100, status: 0x961A,
      text:
        "srcadr=203.0.113.11, refid=GPS, stratum=1, hpoll=6, ppoll=10, reach=0xff, delay=0.5, offset=-250.5, "
        + "jitter=2.25, dispersion=0.1, rec=0xeeb05758.00000000, hmode=3"),
    Peer(
      id: 101, status: 0x941A,
      text:
        "srcadr=2001:db8::11, refid=203.0.113.11, stratum=2, hpoll=6, ppoll=6, reach=0x7f, delay=1, offset=3, "
        + "jitter=1, dispersion=0.1, rec=0xeeb05750.00000000, hmode=3"),
    Peer(
      id: 102, status: 0x8011,
      text:
        "srcadr=203.0.113.15, refid=INIT, stratum=16, hpoll=6, ppoll=99, reach=0x0, delay=0, offset=0, jitter=0, "
        + "dispersion=16000, rec=0x00000000.00000000, hmode=3"),
  ]

  /// The pieces of the answer, of at most 468 bytes each, as ntpd cuts them.
  func answer(_ request: [UInt8]) -> [[UInt8]] {
    guard request.count >= 12 else { return [] }
    let id = UInt16(request[6]) << 8 | UInt16(request[7])
    if request[1] == 1 {
      let list = peers.flatMap {
        [UInt8($0.id >> 8), UInt8($0.id & 255), UInt8($0.status >> 8), UInt8($0.status & 255)]
      }
      return pieces(of: list, to: request, status: status)
    }
    if id == 0 { return pieces(of: Array(system.utf8), to: request, status: status) }
    guard let peer = peers.first(where: { $0.id == id }) else { return [refusal(4, to: request)] }
    return pieces(of: Array(peer.text.utf8), to: request, status: peer.status)
  }

  func refusal(_ code: UInt8, to request: [UInt8]) -> [UInt8] {
    [0x16, 0xC0 | request[1], request[2], request[3], code, 0, request[6], request[7], 0, 0, 0, 0]
  }

  private func pieces(of data: [UInt8], to request: [UInt8], status: UInt16) -> [[UInt8]] {
    stride(from: 0, to: max(1, data.count), by: 468).map { start in
      let part = data[start..<min(data.count, start + 468)]
      let more: UInt8 = part.endIndex < data.count ? 0x20 : 0
      return [
        0x16, 0x80 | more | request[1], request[2], request[3], UInt8(status >> 8),
        UInt8(status & 255), request[6],
        request[7], UInt8(start >> 8), UInt8(start & 255), UInt8(part.count >> 8),
        UInt8(part.count & 255),
      ] + part
    }
  }
}

/// A kernel whose clock somebody sets right.
let disciplined = KernelTime(
  state: 0, status: 0x2001, offset: 1500, frequency: -819200, maximumError: 4000,
  estimatedError: 25,
  timeConstant: 6, tai: 37)
/// One whose clock nobody does.
let neglected = KernelTime(
  state: 5, status: 0x40, offset: 0, frequency: 0, maximumError: 16_000_000,
  estimatedError: 16_000_000,
  timeConstant: 2, tai: 0)

/// A machine with a time daemon on a port.
/// - Parameter port: `nil` where the settings say it all.
func timeHost(
  _ port: Int?, source: String = "ntpd", service: String = "ntp_peers", root: String = "",
  _ settings: [String: String] = [:], buffer: ReadBuffer = ReadBuffer(hasWorkers: true),
  time: KernelTime? = disciplined
) -> PluginKit.Host {
  var settings = settings
  if let port {
    settings.merge(["source": source, "host": "127.0.0.1", "port": "\(port)"]) { own, _ in own }
  }
  return PluginKit.Host(
    root: root, service: service, settings: settings, buffer: buffer,
    kernel: Kernel(
      secondsSinceBoot: { 1000 }, fileSystem: { _ in nil }, hasProcess: { _ in false },
      time: { time }))
}

/// Both answers of a plugin, and what it complains of.
struct RemoteAnswers: Sendable {
  var config: String
  var values: String
  var complaint: String?
}

@LoopActor
func answers(of plugin: any RemotePlugin, on host: PluginKit.Host) async throws -> RemoteAnswers {
  var config = Reply()
  for graph in try await plugin.graphs(on: host) {
    config.append(graph, multigraph: plugin.isMultigraph)
  }
  var values = Reply()
  try await plugin.values(on: host, into: &values)
  return RemoteAnswers(config: config.text, values: values.text, complaint: values.takeComplaint())
}
