internal import Limits

/// A field's state as it was stored.
struct StoredState: Sendable, Equatable {
  var state: FieldState
  var incident: String?
}
