import MuninWire
import TestSupport
import Testing

/// What a `cdef` makes of single values.
@Suite struct CalculationTests {
  private static let names = ["a": 0, "b": 1, "c": 2, "u": 3, "zero": 4]
  private static let values: [Double?] = [6, 4, -1, nil, 0]

  private static func value(_ text: String) -> Double? {
    Calculation(text, names: names)?.value { values[$0] }
  }

  @Test(
    arguments: [
      ("a", 6), ("a,8,*", 48), ("a,b,-", 2), ("a,b,/,100,*", 150), ("a,b,%", 2), ("a,zero,/", nil),
      ("a,u,+", nil), ("u,UN,0,u,IF", 0), ("a,UN,0,a,IF", 6), ("a,u,ADDNAN", 6),
      ("u,u,ADDNAN", nil), ("u,b,ADDNAN", 4), ("a,b,LT", 0), ("a,b,GT", 1), ("a,a,GE", 1),
      ("a,u,EQ", nil), ("a,b,MIN", 4), ("a,b,MAX", 6), ("a,u,MIN", nil), ("a,u,MINNAN", 6),
      ("u,b,MAXNAN", 4), ("a,0,10,LIMIT", 6), ("a,0,5,LIMIT", nil), ("zero,a,b,IF", 4),
      ("u,a,b,IF", 4), ("a,b,c,IF", 4), ("a,DUP,*", 36), ("a,b,EXC,-", -2), ("a,b,POP", 6),
      ("c,ABS", 1), ("b,SQRT", 2), ("c,SQRT", nil), ("a,b,c,3,AVG", 3), ("a,b,u,c,4,SMAX", 6),
      ("a,b,u,c,4,SMIN", -1), ("a,b,c,3,MEDIAN", 4), ("a,b,2,MEDIAN", 5), ("u,u,2,AVG", nil),
      ("a,UNKN,+", nil), ("a,INF,MIN", 6), ("a,NEGINF,MAX", 6), ("a,POP,INF", nil),
      ("a,2,POW", 36), ("a,FLOOR", 6), ("a,0.5,-,CEIL", 6), ("a,ISINF", 0), ("zero,EXP", 1),
      ("zero,COS", 1), ("zero,SIN", 0), ("zero,1,ATAN2", 0), ("a,0,*,LOG", nil), ("a,b,NE", 1),
      ("a,b,LE", 0), ("zero,ATAN", 0), ("zero,RAD2DEG", 0), ("zero,DEG2RAD", 0),
      // Words of a picture.
      ("a,TIME,+", nil), ("a,PREV,+", nil), ("PREV(a)", nil), ("a,600,TREND", nil),
    ] as [(String, Double?)])
  func singleValues(text: String, result: Double?) {
    #expect(Calculation(text, names: Self.names) != nil)
    #expect(Self.value(text) == result)
  }

  @Test(arguments: [
    "", ",", "d", "a,b", "a,+", "5", "a,5", "a,POP", "TIME,5,%", "a,9,AVG", "a,b,b,AVG",
    "a,-1,AVG", "a,999999999,COPY", "a,5,5,ROLL", "a,DEPTH", "a,b,TREND", "a:x", "PREV(d)",
    "a,0x10,*", "a,1E3,*", "a,99999999999999999999,AVG", "a,b,*\nc", "2,AVG",
  ])
  func whatIsNoExpressionIsRefused(text: String) {
    #expect(Calculation(text, names: Self.names) == nil)
  }

  @Test func aFieldGoesBeforeAnOperatorOfItsName() throws {
    let calculation = try #require(Calculation("MIN,a,MAX", names: ["MIN": 0, "a": 1]))
    #expect(calculation.value { [7, 3][$0] } == 7)
    #expect(calculation.fields == [0, 1])
  }

  @Test func wordsOfAPictureAreNamed() {
    let name = { (field: Int) in ["a", "b"][field] }
    func word(_ text: String) -> String? {
      Calculation(text, names: ["a": 0, "b": 1])?.wordWithoutValue(name)
    }
    #expect(word("a,TIME,+") == "TIME")
    #expect(word("a,b,PREV(b),+,+") == "PREV(b)")
    #expect(word("a,600,TRENDNAN") == "TRENDNAN")
    #expect(word("a,8,*") == nil)
    #expect(Calculation("a,8,*", names: ["a": 0])?.isTimeless == true)
    #expect(Calculation("a,COUNT,*", names: ["a": 0])?.isTimeless == false)
  }

  @Test func textIsLibrrds() throws {
    let text = " a ,UN,0,\ta,-1.5e-3,*,IF,PREV(b),+"
    let calculation = try #require(Calculation(text, names: ["a": 0, "b": 1]))
    #expect(
      calculation.text { ["ga", "gb"][$0] } == "ga,UN,0,ga,-1.5e-3,*,IF,PREV(gb),+")
  }

  /// As in a picture: a field behind another one gets what that one's cdef makes of it.
  @Test func expressionsStandForFields() throws {
    let sum = try #require(Calculation("a,b,+,PREV(a),-", names: Self.names))
    let bits = Calculation(field: 0).times(8)
    let whole = try #require(sum.replacing { $0 == 0 ? bits : nil })
    #expect(whole.text { ["a", "b"][$0] } == "a,8,*,b,+,PREV(a),-")
    // librrd's TREND takes a field alone.
    let trend = try #require(Calculation("a,600,TREND", names: Self.names))
    #expect(trend.replacing { _ in bits } == nil)
    #expect(trend.replacing { _ in Calculation(field: 1) } != nil)
  }

  @Test func fieldsMadeOfEachOtherStayBounded() throws {
    var calculation = try #require(Calculation("a,a,+", names: Self.names))
    var steps = 0
    while let longer = calculation.replacing({ _ in calculation }) {
      calculation = longer
      steps += 1
    }
    #expect(steps == 2)
    let most = (0..<150).map { _ in "a" }.joined(separator: ",") + ",149,AVG,+"
    #expect(Calculation(most, names: Self.names) != nil)
    #expect(Calculation(most, names: Self.names, most: 100) == nil)
  }

  /// More than the values that are kept without allocating.
  @Test func aDeepStackIsComputed() throws {
    let text =
      (1...100).map { "a,\($0),*" }.joined(separator: ",")
      + String(repeating: ",+", count: 99)
    let calculation = try #require(Calculation(text, names: ["a": 0], most: 400))
    #expect(calculation.value { _ in 1 } == 5050)
  }

  @Test func seededBytesAreExpressionsOrNot() {
    var random = Noise(11)
    let words = [
      "a", "b", ",", "8", "*", "+", "IF", "AVG", "PREV(", ")", "SORT", " ", "2", "TREND", ",", ",",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int(random.next() % 12)).map { _ in words[Int(random.next() % 16)] }.joined()
      guard let calculation = Calculation(text, names: Self.names) else { continue }
      let value = calculation.value { Self.values[$0] }
      #expect(value?.isFinite != false)
      #expect(calculation.isTimeless || value == nil)
    }
  }
}
