public import MuninWire

/// What rules need to know of a graph: how each of its fields is shown.
///
/// As in a picture, a `cdef` gets what the `cdef`s of the fields drawn before have made of them, and `graph_period` multiplies rates.
public struct GraphFacts: Sendable {
  /// The graph's name, `disk.sda` when it is nested.
  public let name: String
  /// The fields, in the order of the description.
  public let fields: [String]
  /// 1024 where the graph counts so, else 1000.
  public let base: Int
  private let numbers: [String: Int]
  /// What makes the unit shown of the fields' values, by the field's number; `nil` where the value is shown as it is.
  private let shown: [Calculation?]
  /// Why a field's `cdef` does not count.
  private let problems: [Int: String]

  /// - Parameters:
  ///   - graph: with munin.conf's settings laid over.
  ///   - isComputed: whether the values come in the unit shown, as those of a graph that is made of others.
  public init(_ graph: Graph, isComputed: Bool = false) {
    name = graph.name
    fields = graph.fields.map(\.name)
    base = GraphFacts.base(graph.args)
    numbers = Dictionary(
      graph.fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    (shown, problems) =
      isComputed
      ? ([Calculation?](repeating: nil, count: fields.count), [:])
      : GraphFacts.shown(graph, numbers)
  }

  private static func shown(
    _ graph: Graph, _ numbers: [String: Int]
  ) -> (shown: [Calculation?], problems: [Int: String]) {
    let fields = graph.fields.map(\.name)
    var problems: [Int: String] = [:]
    let factor = ["minute": 60, "hour": 3600][graph.period]
    let rates: [Calculation?] = graph.fields.enumerated().map { number, field in
      field.type == .gauge ? nil : factor.map { Calculation(field: number).times($0) }
    }
    var shown = rates
    let order = graph.order.compactMap { numbers[$0] }
    let hidden = Set(fields.indices).subtracting(order).sorted()
    var isDrawn = Set<Int>()
    for number in order + hidden {
      let cdef = graph.fields[number].cdef ?? ""
      if !cdef.isEmpty {
        let result = calculation(cdef, numbers, fields) {
          isDrawn.contains($0) ? shown[$0] : rates[$0]
        }
        switch result {
        case .success(let calculation): shown[number] = calculation
        case .failure(let fault): problems[number] = fault.description
        }
      }
      isDrawn.insert(number)
    }
    return (shown, problems)
  }

  private static func calculation(
    _ cdef: String, _ numbers: [String: Int], _ fields: [String], _ value: (Int) -> Calculation?
  ) -> Result<Calculation, LimitFault> {
    guard let written = Calculation(cdef, names: numbers) else {
      return .failure(
        LimitFault(
          "\(quoted(cdef)) is not an expression over the fields of the graph: limits apply to the value before cdef"
        ))
    }
    if let word = written.wordWithoutValue({ fields[$0] }) {
      return .failure(
        LimitFault(
          "\(word) has a value only in a picture: limits apply to the value before cdef"))
    }
    guard let calculation = written.replacing(value) else {
      return .failure(
        LimitFault(
          "more than \(Calculation.mostWords) words with those of the fields it uses: limits apply to the value before cdef"
        ))
    }
    return .success(calculation)
  }

  /// What a kilo is by `graph_args`: 1024 or 1000. The last `--base` counts, as in rrdtool.
  public static func base(_ args: String?) -> Int {
    var base = 1000
    var isNext = false
    for word in (args ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "=" }) {
      if isNext { base = word == "1024" ? 1024 : 1000 }
      isNext = word == "--base" || word == "-b"
    }
    return base
  }

  /// The number of a field.
  public func number(of field: String) -> Int? { numbers[field] }

  /// What makes the unit shown of a field, in the numbers of ``SeriesRules/unit`` of another one or of itself.
  func shown(_ field: Int, for judged: Int) -> Calculation? {
    shown[field].map { GraphFacts.renumbered($0, for: judged) }
  }

  /// A field itself, in those numbers.
  static func plain(_ field: Int, for judged: Int) -> Calculation {
    Calculation(field: field == judged ? 0 : field + 1)
  }

  private static func renumbered(_ calculation: Calculation, for judged: Int) -> Calculation {
    guard let renumbered = calculation.replacing({ plain($0, for: judged) }) else {
      preconditionFailure("a field in the place of a field leaves the number of words")
    }
    return renumbered
  }

  /// Why the `cdef` of a field does not count, if so.
  func problem(of field: Int) -> String? { problems[field] }
}
