internal import Limits
internal import MuninWire
internal import RRD

/// A sample in the form in which it is stored, judged and shown: what librrd cannot store for the field's type is unknown for all three.
struct StorableSample {
  let sample: Sample
  /// As librrd takes it.
  let text: String
  /// How it differs from what the node sent.
  let change: RRDNumber.Change?
  /// What the node sent where a number belongs, in quotes; `nil` for a number or `U`.
  let malformed: String?

  /// - Parameter time: of the poll; a time that the node sent along has precedence.
  init(_ reading: Reading, at time: Int, as type: FieldType) {
    let given = Sample(reading, at: time)
    let number = RRDNumber(given.reading, as: type)
    text = number.text
    change = number.change
    malformed = reading.isMalformed ? reading.text : nil
    sample = number.change?.isLoss == true ? Sample(.unknown, at: given.time) : given
  }
}
