internal import Glibc
public import Settings

/// Keeps contexts made of files, and makes them anew when the files have changed: a renewed certificate is in
/// force from the next connection on, as with munin-node.
public final class TLSKeeper {
  private struct Key: Hashable {
    var settings: TLSSettings

    init(_ settings: TLSSettings) {
      self.settings = settings
      // Looked at afterwards, by whoever has compiled it.
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
      // Perhaps only one of two files is new yet.
      for fault in faults { note("\(fault); what was read before stays in force") }
      context = old.context
    }
    contexts[key] = Kept(stamps: stamps, context: context)
    return context
  }
}

extension TLSContext {
  /// Whom the settings are of.
  public enum Side: Sendable { case node, master }

  /// Sorts what was found in the files into reasons not to start and things worth a word.
  ///
  /// In `auto` nothing stops the start, and the files of munin's default places need not be there.
  public static func judge(
    _ settings: TLSSettings, of side: Side
  ) -> (problems: [String], warnings: [String]) {
    var problems: [String] = []
    var warnings: [String] = []
    let isDemanded = [.enabled, .paranoid].contains(settings.mode)
    let standard = TLSSettings(mode: .auto, pem: side == .node ? nodePEM : masterPEM)
    let own = [settings.privateKey, settings.certificate]
    let exist = (own + [settings.caCertificate]).map { access($0, F_OK) == 0 }
    let isStandard =
      own.allSatisfy { $0 == standard.privateKey }
      && settings.caCertificate == standard.caCertificate
    // OpenSSL is not even started for files that nobody has made.
    guard isDemanded || exist.contains(true) || !isStandard || settings.verifyCertificate else {
      return ([], [])
    }
    let context = TLSContext(settings)
    for finding in context.findings {
      if finding.isRemark {
        warnings.append(finding.description)
      } else if !finding.isMissingFile {
        if isDemanded {
          problems.append(finding.description)
        } else {
          warnings.append(finding.description)
        }
      } else {
        switch importance(of: finding, settings, standard, side) {
        case .none: break
        case .warning: warnings.append(finding.description)
        case .problem: problems.append(finding.description)
        }
      }
    }
    if settings.match != nil, !context.verifies {
      warnings.append(
        "tls_match without tls_verify_certificate yes proves little: anybody can make a certificate with that name"
      )
    }
    return (problems, warnings)
  }

  private enum Importance { case none, warning, problem }

  private static func importance(
    of finding: TLSFinding, _ settings: TLSSettings, _ standard: TLSSettings, _ side: Side
  ) -> Importance {
    let isDemanded = [.enabled, .paranoid].contains(settings.mode)
    let verifies = settings.verifyCertificate || settings.mode == .paranoid
    if finding.word == "tls_ca_certificate" {
      if verifies { return isDemanded ? .problem : .warning }
      if settings.caCertificate == standard.caCertificate { return .none }
      return isDemanded ? .problem : .warning
    }
    // Without a key the roles are swapped, which `enabled` allows; munin asks for one in `paranoid`.
    if settings.mode == .paranoid { return .problem }
    let path = finding.word == "tls_private_key" ? settings.privateKey : settings.certificate
    if path != standard.privateKey { return isDemanded ? .problem : .warning }
    return isDemanded && side == .node ? .warning : .none
  }
}

private let nodePEM = NodeSettings().tls.privateKey
private let masterPEM = HostSettings(groups: [], name: "").tls.privateKey
