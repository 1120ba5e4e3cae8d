/// An estimate of what processes add to a server's proportional set size (PSS), for those whose `smaps_rollup` was not
/// read: it may be read by root and by the owner only, and only for so many processes at each look
/// (``ServerChoice/mostRollups``).
///
/// Two ways, the better one first:
/// - Some processes of the server were measured: each other one has, of its resident size, the share that was
///   measured of theirs (netdata does likewise).
/// - None was measured: what each process has of its own (`RssAnon`), and once the largest part of files and of shared
///   memory that one of them maps.
struct PSSEstimate: Sendable {
  /// Bytes that belong to one process alone.
  private(set) var own: UInt64 = 0
  /// Bytes that several processes share, each page once.
  private(set) var shared: UInt64 = 0
  /// Bytes that the largest process has of its own; 0 where processes are estimated by their resident size.
  private(set) var largest: UInt64 = 0

  /// What was measured of other processes of the server, in bytes.
  struct Measured {
    var resident: UInt64 = 0
    var own: UInt64 = 0
    var shared: UInt64 = 0
  }

  /// By the resident sizes, in the ratio that was measured of others.
  /// - Parameter measured: with a resident size above 0.
  init(of processes: [MemoryUse.Counted], inTheRatioOf measured: Measured) {
    let ownShare = Double(measured.own) / Double(measured.resident)
    let sharedShare = Double(measured.shared) / Double(measured.resident)
    for process in processes {
      let resident = Double(process.resident)
      own &+= UInt64(clamped: (resident * ownShare).rounded())
      shared &+= UInt64(clamped: (resident * sharedShare).rounded())
    }
  }

  /// By what each process has of its own, and the largest shared part.
  init(of processes: [MemoryUse.Counted]) {
    var file: UInt64 = 0
    var memory: UInt64 = 0
    for process in processes {
      own &+= process.anonymous
      file = max(file, process.file)
      memory = max(memory, process.shared)
      largest = max(largest, process.anonymous)
    }
    shared = file &+ memory
  }
}
