import EventLoop
import SNMP

/// A v3 agent with one user, SHA-1 and no privacy, on top of ``ScriptedAgent``.
///
/// It proves what it gets and what it says with keys of its own, so a session that takes another device's keys or
/// clock fails here.
@LoopActor
final class ScriptedEngine {
  var identifier: [UInt8]
  var boots: Int64
  var time: Int64
  let user: String
  /// The key of the user's passphrase, before it is bound to an engine; `nil` for a user without authentication.
  var secret: [UInt8]?
  /// The key that its answers are proved with, when it is another.
  var answersWith: [UInt8]?
  /// The value of every object.
  var value: SNMPValue = .integer(1)
  /// Whether its reports of the engine have its clock, as most agents' do.
  var tellsClockFirst = true
  /// Whether it answers anything but who it is.
  var answers = true
  /// Makes a datagram that goes out before each right one.
  var damage: (@LoopActor ([UInt8]) -> [UInt8])?
  /// Reports to send in place of answers, the last one first.
  var reports: [UInt32] = []
  /// What it did: `discovery`, `answer`, `window`, `digest`, `user`, `engine`.
  private(set) var story: [String] = []
  private(set) var agent: ScriptedAgent!

  init(
    identifier: [UInt8] = [0x80, 0, 0, 1, 4, 7, 7], boots: Int64 = 3, time: Int64 = 1000,
    user: String = "watch", secret: [UInt8]? = nil
  ) throws {
    self.identifier = identifier
    self.boots = boots
    self.time = time
    self.user = user
    self.secret = secret
    agent = try ScriptedAgent { [unowned self] (datagram: [UInt8]) in
      let answers = take(datagram)
      guard let damage else { return answers }
      return answers.flatMap { [damage($0), $0] }
    }
  }

  private func take(_ datagram: [UInt8]) -> [[UInt8]] {
    let parts = BER.Element.read(datagram, at: 0).parts
    let header = parts[1].parts
    let security = BER.Element.read(datagram, at: parts[2].range.lowerBound).parts
    let scoped = parts[3].parts
    let pdu = scoped[2].parts
    let request = Request(
      message: header[0].number, flags: header[2].bytes[0], engine: security[0].bytes,
      boots: security[1].number, time: security[2].number,
      user: String(decoding: security[3].bytes, as: UTF8.self), digest: security[4].range,
      number: pdu[0].number, objects: pdu[3].parts.map { $0.parts[0].oid })
    if request.engine != identifier {
      story.append(request.engine.isEmpty ? "discovery" : "engine")
      return [report(4, to: request, proved: false)]
    }
    guard request.user == user else {
      story.append("user")
      return [report(3, to: request, proved: false)]
    }
    if let report = reports.popLast() {
      story.append("report")
      return [self.report(report, to: request, proved: false)]
    }
    if let key {
      guard request.flags & 1 != 0 else {
        story.append("level")
        return [report(1, to: request, proved: false)]
      }
      var unsigned = datagram
      for place in request.digest { unsigned[place] = 0 }
      guard Array(SHA1.mac(unsigned, key: key).prefix(12)) == Array(datagram[request.digest])
      else {
        story.append("digest")
        return [report(5, to: request, proved: false)]
      }
      guard request.boots == boots, abs(request.time - time) <= 150 else {
        story.append("window")
        return [report(2, to: request, proved: true)]
      }
    }
    guard answers else {
      story.append("silence")
      return []
    }
    story.append("answer")
    let bindings = request.objects.map { BER.sequence([BER.oid($0), BER.value(value)]) }
    return [message(to: request, command: 0xa2, bindings: bindings, proved: key != nil)]
  }

  private var key: [UInt8]? { secret.map { SHA1.localized($0, at: identifier) } }

  private struct Request {
    let message: Int64
    let flags: UInt8
    let engine: [UInt8]
    let boots: Int64
    let time: Int64
    let user: String
    let digest: Range<Int>
    let number: Int64
    let objects: [OID]
  }

  private func report(_ counter: UInt32, to request: Request, proved: Bool) -> [UInt8] {
    let name = OID([1, 3, 6, 1, 6, 3, 15, 1, 1, counter, 0])
    let binding = BER.sequence([BER.oid(name), BER.integer(1, tag: 0x41)])
    return message(to: request, command: 0xa8, bindings: [binding], proved: proved)
  }

  private func message(
    to request: Request, command: UInt8, bindings: [[UInt8]], proved: Bool
  ) -> [UInt8] {
    let hidesClock = !tellsClockFirst && !proved
    let pdu = BER.element(
      command,
      BER.integer(request.number) + BER.integer(0) + BER.integer(0) + BER.sequence(bindings))
    func whole(_ digest: [UInt8]) -> [UInt8] {
      BER.sequence([
        BER.integer(3),
        BER.sequence([
          BER.integer(request.message), BER.integer(65507), BER.octets([proved ? 1 : 0]),
          BER.integer(3),
        ]),
        BER.octets(
          BER.sequence([
            BER.octets(identifier), BER.integer(hidesClock ? 0 : boots),
            BER.integer(hidesClock ? 0 : time), BER.octets(Array(request.user.utf8)),
            BER.octets(digest), BER.octets([]),
          ])),
        BER.sequence([BER.octets(identifier), BER.octets([]), pdu]),
      ])
    }
    guard proved, var key else { return whole([]) }
    if let answersWith { key = SHA1.localized(answersWith, at: identifier) }
    return whole(
      Array(SHA1.mac(whole([UInt8](repeating: 0, count: 12)), key: key).prefix(12)))
  }
}
