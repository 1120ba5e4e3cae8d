/// An operator of a ``Calculation``, by librrd's name.
enum RPNOperator: String, Sendable, Hashable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case power = "POW"
  case arcTangent2 = "ATAN2"
  case addKnown = "ADDNAN"
  case smaller = "MIN"
  case larger = "MAX"
  case smallerKnown = "MINNAN"
  case largerKnown = "MAXNAN"
  case less = "LT"
  case lessOrEqual = "LE"
  case greater = "GT"
  case greaterOrEqual = "GE"
  case equal = "EQ"
  case notEqual = "NE"

  case sine = "SIN"
  case cosine = "COS"
  case logarithm = "LOG"
  case exponential = "EXP"
  case squareRoot = "SQRT"
  case arcTangent = "ATAN"
  case floor = "FLOOR"
  case ceiling = "CEIL"
  case magnitude = "ABS"
  case degrees = "RAD2DEG"
  case radians = "DEG2RAD"
  case isUnknown = "UN"
  case isInfinite = "ISINF"

  case choose = "IF"
  case limit = "LIMIT"
  case duplicate = "DUP"
  case pop = "POP"
  case exchange = "EXC"
  case unknown = "UNKN"
  case infinity = "INF"
  case negativeInfinity = "NEGINF"

  // Over as many values as the number before them says.
  case average = "AVG"
  case median = "MEDIAN"
  case deviation = "STDEV"
  case smallest = "SMIN"
  case largest = "SMAX"
  case sort = "SORT"
  case reverse = "REV"

  // Of a place in a picture.
  case now = "NOW"
  case time = "TIME"
  case localTime = "LTIME"
  case stepWidth = "STEPWIDTH"
  case count = "COUNT"
  case previous = "PREV"
  case newDay = "NEWDAY"
  case newWeek = "NEWWEEK"
  case newMonth = "NEWMONTH"
  case newYear = "NEWYEAR"
  case trend = "TREND"
  case trendKnown = "TRENDNAN"

  /// How many values it takes from the stack and how many it gives; `nil` where that depends on the words before it.
  var taken: (taken: Int, given: Int)? {
    switch self {
    case .add, .subtract, .multiply, .divide, .remainder, .power, .arcTangent2, .addKnown, .smaller,
      .larger, .smallerKnown, .largerKnown, .less, .lessOrEqual, .greater, .greaterOrEqual, .equal,
      .notEqual:
      (2, 1)
    case .sine, .cosine, .logarithm, .exponential, .squareRoot, .arcTangent, .floor, .ceiling,
      .magnitude, .degrees, .radians, .isUnknown, .isInfinite:
      (1, 1)
    case .choose, .limit: (3, 1)
    case .duplicate: (1, 2)
    case .pop: (1, 0)
    case .exchange: (2, 2)
    case .unknown, .infinity, .negativeInfinity, .now, .time, .localTime, .stepWidth, .count,
      .previous, .newDay, .newWeek, .newMonth, .newYear:
      (0, 1)
    case .average, .median, .deviation, .smallest, .largest, .sort, .reverse, .trend, .trendKnown:
      nil
    }
  }

  /// Whether it takes as many values as the number before it says.
  var isCounted: Bool {
    switch self {
    case .average, .median, .deviation, .smallest, .largest, .sort, .reverse: true
    default: false
    }
  }

  var isTrend: Bool { self == .trend || self == .trendKnown }

  /// Whether it has a meaning for a single value, outside of a picture.
  var hasValue: Bool {
    switch self {
    case .now, .time, .localTime, .stepWidth, .count, .previous, .newDay, .newWeek, .newMonth,
      .newYear, .trend, .trendKnown, .deviation, .sort, .reverse:
      false
    default: true
    }
  }
}
