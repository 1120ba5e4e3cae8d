internal import Glibc
internal import Terminal
public import Text

/// The time zones of this machine.
public enum TimeZones {
  /// Where the C library looks for them.
  static let folder = "/usr/share/zoneinfo"

  /// A zone by its name, which was checked to be one: `Europe/Berlin`.
  /// - Throws: why it cannot be used, as the end of a message.
  public static func zone(_ name: String) throws(TimeZoneProblem) -> ZoneFile {
    switch Terminal.readRegular("\(folder)/\(name)", limit: ZoneFile.mostBytes) {
    case .success(let bytes):
      do throws(ZoneFileError) {
        return try ZoneFile(bytes.span)
      } catch {
        throw TimeZoneProblem(description: "\(folder)/\(name): \(error)")
      }
    case .failure(let failure):
      guard access(folder, F_OK) == 0 else {
        throw TimeZoneProblem(
          description: "no time zones on this machine (\(folder), package tzdata)")
      }
      throw TimeZoneProblem(description: "unknown time zone '\(name)': \(failure)")
    }
  }

  /// The machine's own zone; UTC where it has none, as the C library does it.
  public static var local: ZoneFile {
    guard
      case .success(let bytes) = Terminal.readRegular("/etc/localtime", limit: ZoneFile.mostBytes),
      let zone = try? ZoneFile(bytes.span)
    else { return .utc }
    return zone
  }
}

/// Why a time zone cannot be used.
public struct TimeZoneProblem: Error, Sendable, CustomStringConvertible {
  public let description: String
}
