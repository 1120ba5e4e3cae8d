/// Where each series has its slot: four bytes a series up to the largest number, since numbers are given one after the other.
struct SlotPlaces: Sendable {
  private var near: [Int32] = []
  /// Numbers that only a damaged ledger has.
  private var far: [UInt32: Int32] = [:]

  /// A table of this many numbers takes 64 MB.
  private static let mostNear = 1 << 24

  subscript(series: SeriesNumber) -> Int? {
    get {
      let number = Int(series.raw)
      if number < near.count {
        let place = near[number]
        return place < 0 ? nil : Int(place)
      }
      return far.isEmpty ? nil : far[series.raw].map { Int($0) }
    }
    set {
      let place = newValue.map { Int32($0) }
      let number = Int(series.raw)
      guard number < SlotPlaces.mostNear else {
        far[series.raw] = place
        return
      }
      if number >= near.count {
        guard place != nil else { return }
        near.reserveCapacity(number + 1 + number / 8)
        near.append(contentsOf: repeatElement(-1, count: number + 1 - near.count))
      }
      near[number] = place ?? -1
    }
  }
}
