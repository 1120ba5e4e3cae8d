/// What was told and what waits, and that each change of it is written.
extension NotificationPlan {
  mutating func set(_ key: ToldKey, _ state: ToldState?) {
    if let former = told[key], state == nil || state?.root != former.root {
      roots[former.root]?.remove(key)
      if roots[former.root]?.isEmpty == true { roots[former.root] = nil }
    }
    told[key] = state
    changes.told[key] = .some(state)
    due.set(.reminder(key), at: state?.nextReminder)
    due.set(.escalation(key), at: state?.escalateAt)
    guard let state else {
      contacts[key.incident]?.removeAll { $0 == key.contact }
      if contacts[key.incident]?.isEmpty == true { contacts[key.incident] = nil }
      return
    }
    roots[state.root, default: []].insert(key)
    if contacts[key.incident]?.contains(key.contact) != true {
      contacts[key.incident, default: []].append(key.contact)
    }
  }

  mutating func makeWave(_ key: WaveKey, due time: Int) -> Int {
    let number = nextWave
    nextWave += 1
    put(
      Wave(
        number: number, contact: key.contact, kind: key.kind, key: key.key, due: time, steps: [:]))
    changes.waves[number] = waves[number]
    return number
  }

  /// Takes a wave over as it is.
  mutating func put(_ wave: Wave) {
    waves[wave.number] = wave
    waveNumbers[WaveKey(contact: wave.contact, kind: wave.kind, key: wave.key)] = wave.number
    due.set(.wave(wave.number), at: wave.due)
    for incident in wave.steps.keys {
      let key = ToldKey(contact: wave.contact, incident: incident)
      waiting[key] = (waiting[key] ?? []) + [wave.number]
    }
  }

  mutating func setDue(_ time: Int, of number: Int) {
    waves[number]?.due = time
    due.set(.wave(number), at: time)
    guard var header = waves[number] else { return }
    header.steps = [:]
    changes.waves[number] = header
  }

  mutating func set(_ step: Wave.Step, in number: Int, of contact: String) {
    let isNew = waves[number]?.steps.updateValue(step, forKey: step.incident) == nil
    changes.steps[WaveStepKey(wave: number, incident: step.incident)] = .some(step)
    if isNew {
      let key = ToldKey(contact: contact, incident: step.incident)
      waiting[key] = (waiting[key] ?? []) + [number]
    }
  }

  mutating func unset(_ incident: Int, in number: Int, of contact: String) {
    waves[number]?.steps[incident] = nil
    changes.steps[WaveStepKey(wave: number, incident: incident)] = .some(nil)
    let key = ToldKey(contact: contact, incident: incident)
    let left = (waiting[key] ?? []).filter { $0 != number }
    waiting[key] = left.isEmpty ? nil : left
  }

  mutating func remove(_ number: Int) {
    guard let wave = waves[number] else { return }
    for incident in wave.steps.keys { unset(incident, in: number, of: wave.contact) }
    waves[number] = nil
    waveNumbers[WaveKey(contact: wave.contact, kind: wave.kind, key: wave.key)] = nil
    changes.waves[number] = .some(nil)
    due.set(.wave(number), at: nil)
  }

  /// The clock was set: what waits, waits as long as before.
  mutating func shift(by seconds: Int) {
    // Quiet hours end by the calendar.
    for wave in waves.values where wave.kind != .quiet {
      setDue(wave.due + seconds, of: wave.number)
    }
    for (key, state) in told {
      var state = state
      state.nextReminder = state.nextReminder.map { $0 + seconds }
      state.escalateAt = state.escalateAt.map { $0 + seconds }
      set(key, state)
    }
    sent = sent.mapValues { $0.map { $0 + seconds } }
  }

  /// Forgets what no message needs any more.
  mutating func prune(_ now: Int) {
    if !closed.isEmpty {
      let used = Set(waves.values.flatMap(\.steps.keys))
      closed = closed.filter { used.contains($0.key) }
    }
    guard threads.count > 2 * told.count + 1000 else { return }
    let open = Set(told.map(\.value.root))
    for (key, state) in threads where state.at < now - 7 * 86_400 && !open.contains(state.first) {
      threads[key] = nil
      changes.threads[key] = .some(nil)
    }
  }

  /// FNV-1a, 32 bits (draft-eastlake-fnv): the same in each run, for names in identifiers.
  static func hash(_ text: String) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }
}
