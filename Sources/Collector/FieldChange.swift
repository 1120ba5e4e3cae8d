internal import Limits

/// A field's step from one level to another.
struct FieldChange: Sendable, Equatable {
  let field: String
  let change: Change
}
