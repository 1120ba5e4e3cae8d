/// What a template's variables mean in one place: a service, or a field of it inside a loop. What a
/// field does not know is looked up outside of the loop.
public protocol TemplateContext {
  /// The value of `${var:name}`, `nil` if it is not set here.
  func value(of name: String) -> String?
  /// The fields that `${loop:name …}` walks through, `nil` if there is no such list here.
  func members(of name: String) -> [any TemplateContext]?
}

/// Variables and lists given one by one.
public struct TemplateValues: TemplateContext, Sendable {
  public var values: [String: String]
  /// Each member with its name. A list is also a variable: its members' names, separated by blanks,
  /// which is how `${if:cfields …}` asks whether there are any.
  public var lists: [String: [(name: String, values: TemplateValues)]]

  public init(
    _ values: [String: String] = [:],
    lists: [String: [(name: String, values: TemplateValues)]] = [:]
  ) {
    self.values = values
    self.lists = lists
  }

  public func value(of name: String) -> String? {
    values[name] ?? lists[name].map { $0.map(\.name).joined(separator: " ") }
  }

  public func members(of name: String) -> [any TemplateContext]? {
    lists[name]?.map(\.values)
  }
}
