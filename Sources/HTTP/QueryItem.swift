/// A name and its value, after the question mark of an address or in a form.
public struct QueryItem: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
