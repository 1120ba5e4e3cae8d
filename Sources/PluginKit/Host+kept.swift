/// The key of an object that a plugin keeps: its type and the service that owns it.
struct KeptKey: Hashable {
  let type: ObjectIdentifier
  let service: String
}

extension Host {
  /// An object that a plugin keeps between two fetches, made at its first use.
  ///
  /// - Parameter service: the service that owns it; empty when all services share it.
  public func kept<Thing: AnyObject>(for service: String = "", _ make: () -> Thing) -> Thing {
    let key = KeptKey(type: ObjectIdentifier(Thing.self), service: service)
    if let thing = buffer.kept[key] { return unsafeDowncast(thing, to: Thing.self) }
    let thing = make()
    buffer.kept[key] = thing
    return thing
  }
}
