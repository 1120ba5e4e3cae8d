/// The memory of the processes of a server, which share parts of it. Resident sizes are never added up: that would count
/// what is shared once per process, four to eight times too much in all.
struct MemorySum: Sendable {
  /// Bytes that belong to one process alone.
  private(set) var own: UInt64 = 0
  /// The rest, each page counted once; where it was measured, pages shared with other programs count in part only.
  private(set) var shared: UInt64 = 0
  /// `nil` when the kernel does not tell of swap.
  private(set) var swap: UInt64?
  /// The largest single process.
  private(set) var largest: UInt64 = 0
  private(set) var method = Method.measured

  var all: UInt64 { own &+ shared }

  /// Where the numbers come from.
  enum Method: String, Sendable, CaseIterable {
    /// All processes were measured by `smaps_rollup`.
    case measured
    /// The largest processes were measured, the others follow from them (``PSSEstimate``).
    case partly
    /// At least one process could not be measured (``PSSEstimate``).
    case estimated
  }

  /// - Returns: `nil` when no process told of its memory.
  init?(_ uses: some Sequence<MemoryUse>) {
    var measured = PSSEstimate.Measured()
    var overCap: [MemoryUse.Counted] = []
    var counted: [MemoryUse.Counted] = []
    var isKnown = false
    for use in uses {
      switch use {
      case .measured(let rollup):
        let own = min(rollup.own, rollup.proportional)
        measured.resident &+= rollup.resident
        measured.own &+= own
        measured.shared &+= rollup.proportional - own
        largest = max(largest, rollup.proportional)
        add(swap: rollup.swap)
      case .counted(let use, let isOverCap):
        if isOverCap { overCap.append(use) } else { counted.append(use) }
        add(swap: use.swap)
      case .unknown: continue
      }
      isKnown = true
    }
    guard isKnown else { return nil }
    (own, shared) = (measured.own, measured.shared)
    if measured.resident == 0 {
      counted += overCap
    } else if !overCap.isEmpty {
      add(PSSEstimate(of: overCap, inTheRatioOf: measured), .partly)
    }
    if !counted.isEmpty { add(PSSEstimate(of: counted), .estimated) }
  }

  private mutating func add(swap bytes: UInt64?) {
    if let bytes { swap = (swap ?? 0) &+ bytes }
  }

  private mutating func add(_ estimate: PSSEstimate, _ method: Method) {
    own &+= estimate.own
    shared &+= estimate.shared
    largest = max(largest, estimate.largest)
    self.method = method
  }
}

extension UInt64 {
  /// The number cut to what fits.
  init(clamped value: Double) {
    self = value >= 0x1p63 ? 1 << 63 : value > 0 ? UInt64(value) : 0
  }
}
