import EventLoop
import Glibc
import Inventory
import Settings
import TestSupport

@testable import Polling

/// A node that does the same, step by step, whichever transport leads to it.
enum PeerStep: Sendable {
  case say(String)
  /// Reads a line.
  case hear
  /// Does nothing more, and does not even notice that the collector has gone.
  case hang
  /// A command writes this to stderr; a socket has no such thing.
  case complain(String)
  /// A command ends with this status; a connection is closed.
  case exit(Int)

  /// A line of a shell script.
  func script(folder: String) -> String {
    switch self {
    case .say(let text): "printf '%s' '\(text)'"
    case .hear: "read -r line"
    case .hang: ": > \(folder)/hangs; exec sleep 1000"
    case .complain(let text): "printf '%s\\n' '\(text)' >&2"
    case .exit(let status): "exit \(status)"
    }
  }
}

/// The ways to reach a node.
enum Road: String, CaseIterable, Sendable {
  case tcp, unix, command, ssh

  var isCommand: Bool { self == .command || self == .ssh }
}

/// One node behind one transport.
@LoopActor
final class ScriptedPeer {
  let folder: TemporaryFolder
  var host: HostSettings
  private let road: Road
  private var listener: Listener?
  private(set) var isHanging = false
  private var connections: [Connection] = []

  /// - Parameter steps: `nil` for a node that is not there.
  init(_ road: Road, _ steps: [PeerStep]?) throws {
    self.road = road
    let folder = try TemporaryFolder()
    self.folder = folder
    host = HostSettings(groups: ["g"], name: "node")
    let script =
      (["echo $$ > \(folder.path)/pid"] + (steps ?? []).map { $0.script(folder: folder.path) })
      .joined(separator: "\n")
    if road.isCommand, steps != nil { try folder.script("node", script) }
    switch road {
    case .tcp:
      let listener = try Listener(on: SocketAddress(host: "127.0.0.1", port: 0))
      host.endpoint = .tcp(host: "127.0.0.1", port: listener.address.port)
      serve(listener, steps)
    case .unix:
      host.endpoint = .unix(path: "\(folder.path)/socket")
      serve(try Listener(on: SocketAddress(path: "\(folder.path)/socket")), steps)
    case .command: host.endpoint = .command("\(folder.path)/node first 'second word'")
    case .ssh:
      // Says whom it was to reach, and lets a shell read the rest, as the other side's does.
      try folder.script(
        "ssh",
        """
        while [ $# -gt 0 ]; do
          case $1 in
            -p) port=$2; shift 2 ;;
            -*) shift ;;
            *) break ;;
          esac
        done
        echo "$1 $port" > \(folder.path)/reached
        shift
        exec sh -c "exec $*"
        """)
      host.sshCommand = "\(folder.path)/ssh"
      host.sshOptions = "-q"
      host.endpoint = NodeAddress("ssh://me@web01\(folder.path)/node")
    }
  }

  /// How messages call it.
  var name: String { host.endpoint!.description.replacing("unix://", with: "") }

  private func serve(_ listener: Listener, _ steps: [PeerStep]?) {
    guard let steps else { return listener.close() }
    self.listener = listener
    EventLoop.start { [weak self] in
      while let connection = try? await listener.accept() {
        self?.connections.append(connection)
        EventLoop.start { await self?.play(steps, on: connection) }
      }
    }
  }

  private func play(_ steps: [PeerStep], on connection: Connection) async {
    var lines = 0
    for step in steps {
      switch step {
      case .say(let text): try? await connection.send(Array(text.utf8))
      case .hear:
        while lines == 0 {
          let more = try? await connection.receive {
            $0.withUnsafeBufferPointer { $0.count { $0 == 0x0A } }
          }
          guard let more else { return }
          lines += more
        }
        lines -= 1
      case .hang:
        isHanging = true
        return
      case .complain: break
      case .exit: return connection.close()
      }
    }
    connection.close()
  }

  var hangs: Bool { isHanging || folder.read("hangs") != nil }

  /// The process of the last command, if it still runs or was not reaped.
  var leftover: Int32? {
    guard let pid = folder.read("pid").flatMap({ Int32($0.dropLast()) }), kill(pid, 0) == 0 else {
      return nil
    }
    return pid
  }

  func close() {
    listener?.close()
    for connection in connections { connection.close() }
  }
}
