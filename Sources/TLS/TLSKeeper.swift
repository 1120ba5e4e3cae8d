internal import Glibc
public import Settings

/// Caches contexts, and makes a new one when its files have changed: a renewed certificate is in use from the next
/// connection on, as with munin-node.
public final class TLSKeeper {
  private struct Key: Hashable {
    var settings: TLSSettings

    init(_ settings: TLSSettings) {
      self.settings = settings
      // The pattern is no part of a context: the caller compiles it and passes it to the handshake.
      self.settings.match = nil
    }
  }

  private struct Kept {
    var stamps: [Stamp?]
    var context: TLSContext
  }

  /// Enough to see that a file is another one.
  private struct Stamp: Hashable {
    var inode: UInt64
    var size: Int
    var seconds: Int
    var nanoseconds: Int
    var mode: UInt32

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      inode = UInt64(status.st_ino)
      size = Int(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
      mode = status.st_mode
    }
  }

  private var contexts: [Key: Kept] = [:]

  public init() {}

  /// The context for these settings.
  /// - Parameter note: takes what the log should say, once for each change of the files.
  public func context(for settings: TLSSettings, note: (String) -> Void) -> TLSContext {
    let key = Key(settings)
    let stamps = [settings.privateKey, settings.certificate, settings.caCertificate].map(Stamp.init)
    let old = contexts[key]
    if let old, old.stamps == stamps { return old.context }
    var context = TLSContext(settings)
    let faults = context.findings.filter { !$0.isMissingFile && !$0.isRemark }
    if let old, !faults.isEmpty {
      // Key and certificate are replaced one after the other: until both are new, the old pair is used.
      for fault in faults { note("\(fault); what was read before stays in force") }
      context = old.context
    }
    contexts[key] = Kept(stamps: stamps, context: context)
    return context
  }
}
