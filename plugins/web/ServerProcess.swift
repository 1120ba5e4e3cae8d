internal import MuninWire
internal import PluginKit

/// A process of a server.
struct ServerProcess: Sendable {
  enum Role: Sendable {
    case master
    /// A process of the same program, started by the master or by one of its children.
    case child
    /// Such a one whose master is gone.
    case orphan
    /// Another program below: CGI, a shell, a logger.
    case other
  }

  var row: ProcessRow
  var role: Role
  /// The command line or the title that stands in its place; empty where nobody had to read it.
  var title: [UInt8] = []
  /// The pool of php-fpm it belongs to.
  var pool: String?
  /// An nginx worker that only finishes what it has begun.
  var isRetiring = false
  var memory = MemoryUse.unknown
  var openFiles: UInt64?
}

/// A server as it was found: all its processes, masters first, by number.
struct ServerTree: Sendable {
  /// The place of the server in the choice.
  var server: Int
  var processes: [ServerProcess] = []

  /// Those that live.
  var living: some Sequence<ServerProcess> { processes.lazy.filter { !$0.row.isZombie } }
  var isUp: Bool { living.contains { $0.role == .master } }
}

/// What a title tells of a process.
struct ServerTitle {
  var isMaster = false
  /// A process that has a master.
  var isWorker = false
  var isRetiring = false
  var pool: String?

  /// More pools than anybody reads graphs of are one.
  static let restPool = "others"

  init(_ titles: ServerKind.Titles, _ text: [UInt8]) {
    let end = text.lastIndex { $0 != 0 && $0 != 0x20 }.map { $0 + 1 } ?? 0
    let text = Array(text[..<end])
    switch titles {
    case .none: break
    case .nginx:
      guard text.starts(with: "nginx: ".utf8) else { return }
      isMaster = text.starts(with: "nginx: master process".utf8)
      isWorker = !isMaster
      // Every kind of process says it so, cache managers too.
      isRetiring = isWorker && text.suffix(16).elementsEqual("is shutting down".utf8)
    case .fpm:
      isMaster = text.starts(with: "php-fpm: master process".utf8)
      let start = "php-fpm: pool ".utf8
      guard text.starts(with: start), text.count > start.count else { return }
      isWorker = true
      pool = ServerTitle.poolName(Array(text[start.count...]).span)
    }
  }

  /// The name of a pool's fields, whether its title or its page tells it: any bytes, of which 64 count.
  static func poolName(_ bytes: Span<UInt8>) -> String {
    var name: [UInt8] = []
    for index in 0..<min(bytes.count, 64) { name.append(bytes[index].isWord ? bytes[index] : 0x5F) }
    return FieldCleaning.perl.clean(String(copying: name.span))
  }
}
