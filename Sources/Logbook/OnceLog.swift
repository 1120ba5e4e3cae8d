/// Remembers what the log says about each subject, so that the log says it once and again only when it changes.
///
/// It holds the errors that are in force. It writes nothing itself: the caller knows how a line begins and what it
/// says when the error is over.
///
/// ```swift
/// switch reported.update("cannot open /proc/x: Permission denied", of: "load") {
/// case .begun(let error), .changed(let error): log.note("load: \(error)")
/// case .ended: log.note("load: works again")
/// case nil: break
/// }
/// ```
public struct OnceLog<Subject: Hashable & Sendable>: Sendable {
  /// What the log has to say now.
  public enum News: Hashable, Sendable {
    /// The subject had no error before.
    case begun(String)
    /// The subject had another error before.
    case changed(String)
    /// The subject has no error any more.
    case ended
  }

  private var errors: [Subject: String] = [:]
  private let limit: Int

  /// - Parameter limit: the number of subjects that are remembered. Further ones are reported each time, so that
  ///   subjects named by a peer cannot fill the memory.
  public init(limit: Int = 65_536) { self.limit = limit }

  /// Whether no subject has an error.
  public var isEmpty: Bool { errors.isEmpty }

  /// The error that is in force for a subject.
  public subscript(subject: Subject) -> String? { errors[subject] }

  /// All errors that are in force.
  public var all: [(subject: Subject, error: String)] { errors.map { ($0.key, $0.value) } }

  /// Sets the error that is in force for a subject, `nil` for none.
  /// - Returns: what is new; `nil` when that was known.
  public mutating func update(_ error: String?, of subject: Subject) -> News? {
    // The usual case, in each answer of a node: no error now and none before.
    if error == nil, errors.isEmpty { return nil }
    let old = errors[subject]
    guard let error else {
      errors[subject] = nil
      return old == nil ? nil : .ended
    }
    if old == error { return nil }
    if old != nil || errors.count < limit { errors[subject] = error }
    return old == nil ? .begun(error) : .changed(error)
  }

  /// Forgets a subject that no longer exists; nothing is reported.
  public mutating func forget(_ subject: Subject) { errors[subject] = nil }
}
