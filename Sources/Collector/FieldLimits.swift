internal import MuninWire

/// The smallest and the largest value that a field can have, as its plugin says.
///
/// librrd makes no file whose limits contradict each other, and on many virtual machines `if_` prints such: a speed of -1 becomes
/// `max -1000000` beside `min 0`.
struct FieldLimits: Equatable {
  /// As librrd is given it: a plain decimal, or `U` for no limit.
  private(set) var min: String
  /// Likewise.
  private(set) var max: String
  /// What is wrong with the limits, if anything.
  private(set) var finding: String?

  init(of field: Field) {
    min = field.min ?? "U"
    max = field.max ?? "U"
    guard let low = Double(min), let high = Double(max), low >= high else { return }
    let contradiction = "max \(max) is not above min \(min)"
    max = "U"
    if field.type != .gauge, low == 0 {
      // It is what makes a counter's restart an unknown value in place of a large negative one.
      finding = "\(contradiction): max ignored"
    } else {
      min = "U"
      finding = "\(contradiction): both ignored"
    }
  }

  /// The same for judging.
  var bounds: Bounds { Bounds(min: Double(min), max: Double(max)) }
}
