/// What takes the values of round-robin files: librrd in this process, or rrdcached.
public protocol RRDSink: Sendable {
  /// Writes values: when it returns, the files have all that is not named in a failure.
  /// - Parameters:
  ///   - updates: those of a file follow each other, in the order of their times.
  ///   - now: the present, in seconds since 1970.
  func apply(_ updates: [RRDUpdate], now: Int) async -> [RRDFailure]

  /// Waits until the files are on the disk, as far as they are on a disk of this machine.
  /// - Parameters:
  ///   - directory: the folder of all files.
  ///   - generation: what is kept for a kill from here on belongs to this number.
  func sync(_ directory: String, generation: Int) async throws(RRDError)
}

extension RRDWriter: RRDSink {}
