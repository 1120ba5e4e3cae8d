internal import Glibc
public import Settings

extension TLSContext {
  /// Which program the settings belong to.
  public enum Side: Sendable { case node, master }

  /// Sorts the findings about the files into errors, which keep the program from starting, and warnings.
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
    // Without any file there is no need to initialise OpenSSL.
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
