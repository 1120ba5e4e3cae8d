internal import EventLoop
internal import Logbook
internal import PluginKit

/// Reads the configs of outside plugins in the background, several at a time, to learn what they are: whose node they
/// belong to, whether they are multigraphs, whether they have anything to show.
@LoopActor
final class ConfigReader {
  /// How many plugins run at once.
  var limit: Int
  private let table: ServiceTable
  private let asker: ServiceAsker
  private let log: Logbook
  /// The services whose configs are still to be read.
  private var unread: [String] = []
  /// How many are being read.
  private(set) var reading = 0
  private var tasks: [Int: Task<Void, Never>] = [:]
  private var lastTask = 0

  init(limit: Int, _ table: ServiceTable, _ asker: ServiceAsker, log: Logbook) {
    self.limit = limit
    self.table = table
    self.asker = asker
    self.log = log
  }

  /// Whether nothing is left to read.
  var isDone: Bool { reading == 0 && unread.isEmpty }

  /// Reads the configs of these services and of no others that have not been begun.
  func read(only names: [String]) {
    unread = names
    start()
  }

  /// Reads the configs of these services too.
  func read(also names: [String]) {
    unread += names.filter { !unread.contains($0) }
    start()
  }

  /// Ends what is being read.
  func stop() {
    unread = []
    for task in tasks.values { task.cancel() }
  }

  private func start() {
    while reading < limit, !unread.isEmpty {
      guard let service = table[unread.removeFirst()] else { continue }
      reading += 1
      lastTask += 1
      let number = lastTask
      tasks[number] = EventLoop.start { [self] in
        await read(service)
        tasks[number] = nil
        reading -= 1
        start()
        table.changed()
      }
    }
  }

  private func read(_ service: Service) async {
    let caller = Caller(address: "", capabilities: Capabilities())
    let reply = await asker.answer(of: service, .config, for: caller).reply
    // Meanwhile the file or its settings may have changed; then there is another service, which is read anyway.
    guard table[service.name] === service, !Task.isCancelled else { return }
    let wasDropped = service.knowledge == .dropped
    service.learn(from: reply)
    if service.knowledge == .dropped, !wasDropped {
      let why = reply.count == 0 ? "empty" : "missing: no answer within the time limit"
      log.note("\(service.name): left out, its config is \(why)")
    }
  }
}
