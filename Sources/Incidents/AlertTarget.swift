internal import Text

/// What an order or a window of planned work is for: `all`, `GROUP`, `GROUP;HOST`, `GROUP;HOST:SERVICE`, `GROUP;HOST:SERVICE.FIELD`.
public struct AlertTarget: Sendable, Hashable, CustomStringConvertible {
  /// Groups from the outermost one, and perhaps a host; empty for all.
  public let path: [String]
  public let service: String?
  /// A field of one of the service's graphs.
  public let field: String?

  public init(path: [String], service: String? = nil, field: String? = nil) {
    self.path = path
    self.service = service
    self.field = service == nil ? nil : field
  }

  static let mostBytes = 1000

  /// - Returns: `nil` for a text that names nothing.
  public init?(_ text: String) {
    guard (1...AlertTarget.mostBytes).contains(text.utf8.count),
      !text.hasUnprintable
    else { return nil }
    if text == "all" {
      self.init(path: [])
      return
    }
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let path = halves[0].split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    guard path.allSatisfy({ !$0.isEmpty }) else { return nil }
    guard halves.count == 2 else {
      self.init(path: path)
      return
    }
    // A host is in a group, and names of services have no dot at their ends.
    let names = halves[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard path.count >= 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(
      path: path, service: String(names[0]), field: names.count == 2 ? String(names[1]) : nil)
  }

  public var description: String {
    guard !path.isEmpty else { return "all" }
    return path.joined(separator: ";") + (service.map { ":\($0)" } ?? "")
      + (field.map { ".\($0)" } ?? "")
  }

  /// Whether it is a field of a service, or a place around it.
  func holds(path: [String], service: String?, field: String?) -> Bool {
    holds(path: path, service: service) && (self.field == nil || self.field == field)
  }

  /// Whether it is the place, or one around it.
  /// - Parameter path: groups from the outermost one, and the host.
  public func holds(path: [String], service: String?) -> Bool {
    guard path.starts(with: self.path) else { return false }
    return self.service == nil || (self.service == service && path.count == self.path.count)
  }
}
