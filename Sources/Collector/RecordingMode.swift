internal import RRD
internal import Recording
public import Settings

extension MasterSettings {
  /// When files are written, as `rrd_write` says.
  var recordingMode: Recorder.Mode {
    switch rrdWrite {
    case .behind: .behind
    case .direct: .direct
    case .off: .off
    }
  }

  /// Whether `apus-collector poll` leaves values in the journal to its next runs: only where munin.conf asks for it, since others may read
  /// the files of a machine that runs it from cron.
  var keepsValuesOverPolls: Bool { rrdWrite == .behind && sets("rrd_write") }

  /// What values are given to: an rrdcached, where one is set.
  func sink(_ writer: RRDWriter) -> any RRDSink {
    guard let address = rrdcachedSocket.flatMap({ RRDCachedAddress($0) }) else { return writer }
    return RRDCachedWriter(address, files: writer, directory: databaseDirectory)
  }

  /// Why the rrdcached that is set cannot be used; `nil` where none is set, and for one that answers. It blocks.
  public var rrdcachedTrouble: String? {
    guard let socket = rrdcachedSocket, let address = RRDCachedAddress(socket) else { return nil }
    return RRDCachedWriter.trouble(of: address).map {
      "\(place(of: "rrdcached_socket")): \($0): values stay in the journal until it answers"
    }
  }
}
