extension Host {
  /// The answer of a lookup; `nil` while it is to be had only by waiting, or not at all.
  ///
  /// Where somebody sends errands (the node), the lookup is put on the list when it has to be made, and whatever
  /// the plugin answers now is thrown away: it is asked again afterwards. Elsewhere it is made at once.
  /// - Parameter age: how old in seconds the answer may be.
  public func answer<Answer: Sendable>(
    of lookup: Lookup<Answer>, notOlderThan age: Double
  ) -> Answer? {
    let now = kernel.secondsSinceBoot()
    switch lookup.knowledge(at: now, notOlderThan: age) {
    case .answer(let answer): return answer
    case .silence: return nil
    case .nothing:
      guard buffer.sendsErrands else { return lookup.answerHere(at: now) }
      if !buffer.errands.contains(where: { $0 === lookup }) { buffer.errands.append(lookup) }
      return nil
    }
  }

  /// Whether the same process will answer the next question too, so that what is not known yet may be known then.
  public var isAskedAgain: Bool { buffer.sendsErrands }

  /// Whether the plugin just asked needs something first, so that its answer does not count.
  public var hasErrands: Bool { !buffer.errands.isEmpty }

  /// What the plugin needs; the list is empty then.
  public func takeErrands() -> [Errand] {
    defer { buffer.errands = [] }
    return buffer.errands
  }
}
