import Testing

@testable import RRD

/// What a `cdef` makes of single values, as librrd makes it of rows.
@Suite struct ExpressionValueTests {
  private static let values: [String: Double] = ["a": 6, "b": 4, "c": -1, "zero": 0]

  @Test(
    arguments: [
      ("a", 6), ("a,8,*", 48), ("a,b,-", 2), ("a,b,/,100,*", 150), ("a,b,%", 2), ("a,zero,/", nil),
      ("a,u,+", nil), ("u,UN,0,u,IF", 0), ("a,UN,0,a,IF", 6), ("a,u,ADDNAN", 6),
      ("u,u,ADDNAN", nil),
      ("u,b,ADDNAN", 4), ("a,b,LT", 0), ("a,b,GT", 1), ("a,a,GE", 1), ("a,u,EQ", nil),
      ("a,b,MIN", 4),
      ("a,b,MAX", 6), ("a,u,MIN", nil), ("a,u,MINNAN", 6), ("u,b,MAXNAN", 4), ("a,0,10,LIMIT", 6),
      ("a,0,5,LIMIT", nil), ("zero,a,b,IF", 4), ("u,a,b,IF", 4), ("a,b,c,IF", 4), ("a,DUP,*", 36),
      ("a,b,EXC,-", -2), ("a,b,POP", 6), ("c,ABS", 1), ("b,SQRT", 2), ("c,SQRT", nil),
      ("a,b,c,3,AVG", 3), ("a,b,u,c,4,SMAX", 6), ("a,b,u,c,4,SMIN", -1), ("a,b,c,3,MEDIAN", 4),
      ("a,b,2,MEDIAN", 5), ("u,u,2,AVG", nil), ("a,UNKN,+", nil), ("a,INF,MIN", 6),
      ("a,POP,INF", nil),
      ("a,2,POW", 36), ("a,FLOOR", 6), ("a,ISINF", 0),
      // Words of a picture.
      ("a,TIME,+", nil), ("a,PREV,+", nil), ("PREV(a)", nil), ("a,600,TREND", nil),
    ] as [(String, Double?)])
  func singleValues(text: String, result: Double?) throws {
    let names = Dictionary(uniqueKeysWithValues: ["a", "b", "c", "u", "zero"].map { ($0, $0) })
    let expression = try #require(Expression(text, names: names))
    #expect(expression.value { Self.values[$0] } == result)
  }

  @Test func wordsOfAPictureAreNamed() throws {
    #expect(Expression("a,TIME,+", names: ["a": "a"])?.wordWithoutValue == "TIME")
    #expect(Expression("PREV(a)", names: ["a": "a"])?.wordWithoutValue == "PREV(a)")
    #expect(Expression("a,8,*", names: ["a": "a"])?.wordWithoutValue == nil)
  }
}
