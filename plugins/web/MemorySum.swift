/// The memory of many processes that share parts of it. Their resident sizes are never added up: that would count what
/// they share again for each, four to eight times too much.
struct MemorySum: Sendable {
  /// What belongs to one process alone.
  private(set) var own: UInt64 = 0
  /// The rest, each page counted once: where measured in shares, so that also what they share with others is
  /// counted in part only.
  private(set) var shared: UInt64 = 0
  /// `nil` when the kernel tells nothing of swap.
  private(set) var swap: UInt64?
  /// The largest single process.
  private(set) var largest: UInt64 = 0
  private(set) var method = Method.measured

  var all: UInt64 { own &+ shared }

  /// How it was found out.
  enum Method: String, Sendable, CaseIterable {
    /// All by `smaps_rollup`.
    case measured
    /// The largest by `smaps_rollup`; the others by their resident size and the ratio of those.
    case partly
    /// What each has of its own, and the largest shared parts that one of them has.
    case estimated
  }

  /// - Returns: `nil` when nothing is known of any.
  init?(_ uses: some Sequence<MemoryUse>) {
    var resident: UInt64 = 0
    var over: [MemoryUse.Counted] = []
    var counted: [MemoryUse.Counted] = []
    var isKnown = false
    for use in uses {
      switch use {
      case .measured(let rollup):
        resident &+= rollup.resident
        own &+= min(rollup.own, rollup.proportional)
        shared &+= rollup.proportional - min(rollup.own, rollup.proportional)
        largest = max(largest, rollup.proportional)
        add(swap: rollup.swap)
      case .counted(let use, let isOverCap):
        if isOverCap { over.append(use) } else { counted.append(use) }
        add(swap: use.swap)
      case .unknown: continue
      }
      isKnown = true
    }
    guard isKnown else { return nil }
    if resident > 0 { add(over, ofResident: resident) } else { counted += over }
    estimate(counted)
  }

  private mutating func add(swap bytes: UInt64?) {
    if let bytes { swap = (swap ?? 0) &+ bytes }
  }

  private mutating func add(_ over: [MemoryUse.Counted], ofResident resident: UInt64) {
    guard !over.isEmpty else { return }
    method = .partly
    let ownShare = Double(own) / Double(resident)
    let sharedShare = Double(shared) / Double(resident)
    for use in over {
      let part = Double(use.resident)
      own &+= UInt64(clamped: (part * ownShare).rounded())
      shared &+= UInt64(clamped: (part * sharedShare).rounded())
    }
  }

  private mutating func estimate(_ counted: [MemoryUse.Counted]) {
    guard !counted.isEmpty else { return }
    method = .estimated
    var file: UInt64 = 0
    var memory: UInt64 = 0
    for use in counted {
      own &+= use.anonymous
      file = max(file, use.file)
      memory = max(memory, use.shared)
      largest = max(largest, use.anonymous)
    }
    shared &+= file &+ memory
  }
}

extension UInt64 {
  /// The number cut to what fits.
  init(clamped value: Double) {
    self = value >= 0x1p63 ? 1 << 63 : value > 0 ? UInt64(value) : 0
  }
}
