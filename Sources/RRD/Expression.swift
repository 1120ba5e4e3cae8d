internal import MuninWire

/// A `cdef` in a picture: a ``MuninWire/Calculation`` whose fields have variables of librrd.
public struct Expression: Sendable, Hashable {
  private let calculation: Calculation
  /// The variable of each field, by its number in the calculation.
  private let names: [String]

  /// - Parameters:
  ///   - names: fields, each with its variable in the picture.
  ///   - factors: what the values of some variables are multiplied by, for `graph_period`.
  ///   - most: the words of a text; a sum over many fields has many.
  /// - Returns: nil when the text is not an expression that leaves one value.
  public init?(
    _ text: String, names: [String: String], factors: [String: Int] = [:], most: Int = 300
  ) {
    let variables = Set(names.values).sorted()
    let numbers = Dictionary(
      uniqueKeysWithValues: variables.enumerated().map { ($1, $0) })
    guard
      let written = Calculation(text, names: names.compactMapValues { numbers[$0] }, most: most),
      // A factor adds two words to each field.
      let calculation = factors.isEmpty
        ? written
        : written.replacing(
          { field in factors[variables[field]].map { Calculation(field: field).times($0) } },
          most: 3 * most)
    else { return nil }
    self.calculation = calculation
    self.names = variables
  }

  /// A lone field times a number.
  init(variable: String, times factor: Int) {
    calculation = Calculation(field: 0).times(factor)
    names = [variable]
  }

  /// The variables that it reads.
  var variables: Set<String> { Set(calculation.fields.map { names[$0] }) }

  /// librrd's text, over the variables that begin with `prefix`: `a` maxima, `i` minima, `g` averages.
  func text(prefix: String) -> String { calculation.text { prefix + names[$0] } }

  /// The first word for which there is no value outside of a picture; nil when ``value(of:)`` can be asked.
  public var wordWithoutValue: String? { calculation.wordWithoutValue { names[$0] } }

  /// What the expression makes of single values, as librrd would.
  /// - Parameter value: of a variable; nil when it is unknown.
  /// - Returns: nil when the result is unknown, or no number.
  public func value(of value: (String) -> Double?) -> Double? {
    calculation.value { value(names[$0]) }
  }
}
