/// Whose, and of which type, a thing is that is kept.
struct KeptKey: Hashable {
  let type: ObjectIdentifier
  let service: String
}

extension Host {
  /// What a plugin keeps between two fetches: made at the first use, the same object ever after.
  ///
  /// - Parameter service: whose it is; empty when services share it.
  public func kept<Thing: AnyObject>(for service: String = "", _ make: () -> Thing) -> Thing {
    let key = KeptKey(type: ObjectIdentifier(Thing.self), service: service)
    if let thing = buffer.kept[key] { return unsafeDowncast(thing, to: Thing.self) }
    let thing = make()
    buffer.kept[key] = thing
    return thing
  }
}
