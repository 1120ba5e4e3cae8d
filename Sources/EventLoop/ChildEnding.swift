/// How a child process ended.
public enum ChildEnding: Hashable, Sendable, CustomStringConvertible {
  case exit(Int32)
  case signal(Int32)

  public var description: String {
    switch self {
    case .exit(let status): "exit status \(status)"
    case .signal(let number): "signal \(number)"
    }
  }
}
