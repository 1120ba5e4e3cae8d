internal import MuninWire
internal import PluginKit

/// A process of a server.
struct ServerProcess: Sendable {
  enum Role: Sendable {
    case master
    /// A process of the same program, started by the master or by one of its children.
    case child
    /// A child whose master has ended.
    case orphan
    /// Another program that the server started: CGI, a shell, a logger.
    case other
  }

  var row: ProcessRow
  var role: Role
  /// The command line, or the title that the process has put in its place; empty where it was not needed.
  var title: [UInt8] = []
  /// The pool of php-fpm it belongs to.
  var pool: String?
  /// Whether it is an nginx worker that finishes its open requests after a reload and then ends.
  var isRetiring = false
  var memory = MemoryUse.unknown
  var openFiles: UInt64?
}

/// A server as it was found: all its processes, by ID.
struct ServerTree: Sendable {
  /// The index of the server in the choice.
  var server: Int
  var processes: [ServerProcess] = []

  /// The processes that are not zombies.
  var living: some Sequence<ServerProcess> { processes.lazy.filter { !$0.row.isZombie } }
  var isUp: Bool { living.contains { $0.role == .master } }
}

/// The role of a process according to its title.
struct ServerTitle {
  var isMaster = false
  /// A process that has a master.
  var isWorker = false
  var isRetiring = false
  var pool: String?

  /// The name under which pools beyond the bound are added up.
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
      // Workers and cache managers have the same words.
      isRetiring = isWorker && text.suffix(16).elementsEqual("is shutting down".utf8)
    case .fpm:
      isMaster = text.starts(with: "php-fpm: master process".utf8)
      let start = "php-fpm: pool ".utf8
      guard text.starts(with: start), text.count > start.count else { return }
      isWorker = true
      pool = ServerTitle.poolName(Array(text[start.count...]).span)
    }
  }

  /// The field name of a pool, from a process title or a status page. The bytes come from outside; 64 of them count.
  static func poolName(_ bytes: Span<UInt8>) -> String {
    var name: [UInt8] = []
    for index in 0..<min(bytes.count, 64) { name.append(bytes[index].isWord ? bytes[index] : 0x5F) }
    return FieldCleaning.perl.clean(String(copying: name.span))
  }
}
