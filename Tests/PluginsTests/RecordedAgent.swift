#if SNMP
  import EventLoop
  import Foundation
  import SNMP
  import TestSupport

  @testable import Plugins

  /// What a device answered once, as an agent: objects by their identifiers, in a file of lines `OID TYPE VALUE`.
  @LoopActor
  final class RecordedAgent: UPSAgent {
    var objects: [OID: SNMPValue]
    /// The objects of each GET, and the columns that were walked.
    private(set) var requests: [[OID]] = []
    private(set) var walks: [OID] = []
    /// What happens in place of an answer.
    var failure: SNMPError?
    var walkFailure: SNMPError?
    /// A part of the objects at which the agent fails.
    var refused: OID?
    /// Called for each GET.
    var whenAsked: (@LoopActor () -> Void)?
    private(set) var isClosed = false

    init(_ objects: [OID: SNMPValue]) { self.objects = objects }

    convenience init(device: String) throws { self.init(try RecordedAgent.objects(of: device)) }

    func get(_ objects: [OID]) async throws(SNMPError) -> [SNMPValue] {
      requests.append(objects)
      whenAsked?()
      if let failure { throw failure }
      if let refused, let object = objects.first(where: { $0.hasPrefix(refused) }) {
        throw .refused(agent: "ups1", status: "genErr", object: object)
      }
      return objects.map { self.objects[$0] ?? .noSuchInstance }
    }

    func walk(_ prefix: OID, limit: Int) async throws(SNMPError) -> [SNMPBinding] {
      walks.append(prefix)
      if let walkFailure { throw walkFailure }
      let below = objects.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
      return below.prefix(limit).map { SNMPBinding($0.key, $0.value) }
    }

    func close() { isClosed = true }

    /// The devices of `Tests/Fixtures/ups`.
    nonisolated static let devices = files(in: "\(fixtures)/ups")

    nonisolated static func objects(of device: String) throws -> [OID: SNMPValue] {
      let path = "\(fixtures)/ups/\(device)/objects.txt"
      var objects: [OID: SNMPValue] = [:]
      for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        objects[OID(words[0])!] = value(words[1], words.count > 2 ? words[2] : "")
      }
      return objects
    }

    nonisolated static func value(_ type: String, _ text: String) -> SNMPValue {
      switch type {
      case "integer": .integer(Int64(text)!)
      case "gauge", "counter", "counter64": .unsigned(UInt64(text)!)
      case "ticks": .ticks(UInt64(text)!)
      case "oid": .oid(OID(text)!)
      case "null": .null
      case "hex": .octets(bytes(text))
      case "string": .octets(Array(text.utf8))
      default: fatalError("no such type: \(type)")
      }
    }

    private nonisolated static func bytes(_ hex: String) -> [UInt8] {
      stride(from: 0, to: hex.count - 1, by: 2).map { place in
        let start = hex.index(hex.startIndex, offsetBy: place)
        return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)!
      }
    }
  }

  /// Noon of 24 November 2026: the day from which batteries' ages count.
  let today = 1_795_521_600

  /// A reading as text, with what the device shows to have.
  func card(_ reading: UPSReading) -> String {
    var lines = ["source: \(reading.source)"]
    for share in reading.shares {
      let told = (share.tellsState ? ["state"] : []) + share.quantities.map(\.rawValue)
      lines.append("told by \(share.source): \(told.joined(separator: " "))")
    }
    func add(_ name: String, _ value: String?) {
      if let value { lines.append("\(name): \(value)") }
    }
    add("maker", reading.maker)
    add("model", reading.model)
    add("serial", reading.serial)
    add("firmware", reading.firmware)
    add("state", reading.state.words)
    add("severity", reading.state.severity.map { "\($0.rawValue)" })
    add("alarms", reading.alarms.map(String.init))
    for quantity in UPSQuantity.allCases {
      var phases = (0..<UPSReading.phases).map { phase -> String? in
        reading[quantity, phase].flatMap {
          quantity.isShown(by: $0, phase: phase) || reading.lostPhases.contains(phase)
            ? number($0) : nil
        }
      }
      while let last = phases.last, last == nil { phases.removeLast() }
      add(
        quantity.rawValue, phases.isEmpty ? nil : phases.map { $0 ?? "-" }.joined(separator: " "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : "\(Double(String(format: "%.6f", value))!)"
  }
#endif
