/// A field of a node, as the ledger names it.
struct StateKey: Hashable, Sendable {
  let graph: String
  let field: String
}
