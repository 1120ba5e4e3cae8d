internal import Notify

/// Batches that could not be written to the ledger yet, one per node. They are written with the next batch, so that no state and
/// no mail is lost while the disk is full or another program has locked the file.
struct Backlog: Sendable {
  /// Changes and mails kept of one node: a ledger that fails for days must not fill the memory.
  static let most = 1000

  private(set) var batches: [Store.Batch] = []

  var isEmpty: Bool { batches.isEmpty }

  /// Adds what is newer than all that is here.
  mutating func add(_ batch: Store.Batch) {
    guard !batch.isEmpty else { return }
    if let index = batches.firstIndex(where: { $0.node == batch.node }) {
      batches[index].merge(batch)
    } else {
      batches.append(batch)
    }
  }

  /// Takes all out, to be written.
  mutating func takeAll() -> [Store.Batch] {
    defer { batches = [] }
    return batches
  }

  /// Gives back what could not be written; what came meanwhile is newer.
  mutating func giveBack(_ unwritten: [Store.Batch]) {
    let newer = batches
    batches = unwritten.map { batch in
      var batch = batch
      // A picture of an old moment is not worth its memory.
      batch.mails = batch.mails.map(\.withoutPictures)
      return batch
    }
    for batch in newer { add(batch) }
  }
}

extension Store.Batch {
  /// Adds what came later.
  mutating func merge(_ newer: Store.Batch) {
    for removal in newer.removed {
      configs.removeAll { $0.service == removal.service }
      states.removeAll { removal.graphs.contains($0.key.graph) }
    }
    removed += newer.removed
    health = newer.health ?? health
    let services = Set(newer.configs.map(\.service))
    configs = configs.filter { !services.contains($0.service) } + newer.configs
    let keys = Set(newer.states.map(\.key))
    states = states.filter { !keys.contains($0.key) } + newer.states
    changes = (changes + newer.changes).suffix(Backlog.most)
    mails = (mails + newer.mails).suffix(Backlog.most)
  }
}

extension OutgoingMail {
  fileprivate var withoutPictures: OutgoingMail {
    pictures.isEmpty
      ? self
      : OutgoingMail(
        id: id, contact: contact, route: route, subject: subject, text: text, thread: thread,
        created: created)
  }
}
