/// A contact and what it hears of.
public protocol ContactKey: Sendable, Hashable {
  associatedtype Subject: Sendable, Hashable
  var contact: String { get }
  var subject: Subject { get }
  init(contact: String, subject: Subject)
}

/// What is kept for pairs of a contact and a subject, by the subject first.
///
/// A thousand incidents of which a hundred contacts hear are 100,000 pairs. A dictionary of all of them moves each when it
/// grows, which holds the event loop up for tens of milliseconds; here only the few of one subject move.
public struct ContactBook<Key: ContactKey, Value: Sendable>: Sendable, Sequence {
  private var bySubject: [Key.Subject: [String: Value]] = [:]
  /// How many pairs there are.
  public private(set) var count = 0

  public init() {}

  public subscript(key: Key) -> Value? {
    get { bySubject[key.subject]?[key.contact] }
    set {
      let former: Value?
      if let newValue {
        former = bySubject[key.subject, default: [:]].updateValue(newValue, forKey: key.contact)
      } else {
        former = bySubject[key.subject]?.removeValue(forKey: key.contact)
        if bySubject[key.subject]?.isEmpty == true { bySubject[key.subject] = nil }
      }
      count += (newValue == nil ? 0 : 1) - (former == nil ? 0 : 1)
    }
  }

  /// The contacts that something is kept of for a subject, by their names.
  public func contacts(of subject: Key.Subject) -> [String] {
    bySubject[subject]?.keys.sorted() ?? []
  }

  /// In no order.
  public func makeIterator() -> AnyIterator<(key: Key, value: Value)> {
    var subjects = bySubject.makeIterator()
    var subject: Key.Subject?
    var contacts: [String: Value].Iterator?
    return AnyIterator {
      while true {
        if let subject, let next = contacts?.next() {
          return (Key(contact: next.key, subject: subject), next.value)
        }
        guard let next = subjects.next() else { return nil }
        subject = next.key
        contacts = next.value.makeIterator()
      }
    }
  }
}

extension ContactBook: Equatable where Value: Equatable {}
