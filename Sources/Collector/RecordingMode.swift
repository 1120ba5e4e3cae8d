internal import Recording
internal import Settings

extension MasterSettings {
  /// When files are written, as `rrd_write` says.
  var recordingMode: Recorder.Mode {
    switch rrdWrite {
    case .behind: .behind
    case .direct: .direct
    case .off: .off
    }
  }
}
