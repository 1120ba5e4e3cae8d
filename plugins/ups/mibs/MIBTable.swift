#if SNMP
  internal import SNMP

  /// A UPS MIB as rows of words: where each quantity and state is, and in which unit. Another device is another table,
  /// not other code.
  ///
  /// A row is a line of words. Objects are relative to the table's prefix, or absolute with a dot at their start; `#`
  /// stands for the phases 1, 2 and 3, and so do three objects between commas.
  ///
  ///     model 1.2.0                                  a text: maker, model, variant, serial, firmware, agent, replaced
  ///     runtime 2.3.0 *60                            a quantity and the factor to its unit
  ///     charge 2.3.1.0 /10                           of several rows for a quantity the first one with a value counts,
  ///     charge 2.2.1.0                                 unless a later one has values of more phases
  ///     outputCurrent 4.4.1.3.# *1 @12.04.0056       only where the agent's or the UPS's version holds that text
  ///     input 3.3.1.2.# /10 <32767                   this number and all above mean "unknown"
  ///     temperature 3.8.0 /10 ?999                   this number means "unknown", beside those that always do
  ///     ambient 6.1.0 signed                         -1 is a value
  ///     batteryVoltage .1.3.6.1.2.1.33.1.2.5.0 /10 ! replaces the value so far if that is not half to double of it
  ///     state 4.1.0 2=off 3=line 6=boost+line        what the values of an object mean
  ///     state? 4.1.1.0 3=battery                     read only where the device has no flags
  ///     state 2.2.6.0 >0=replace
  ///     flags 11.1.1.0 2=battery !6=lost             a text of 0 and 1, counted from 1; ! when it is 0
  ///     count 6.1.0                                  how many alarms stand
  ///     alarms 6.2.1.2                               the column with their identifiers
  struct MIBTable: Sendable {
    /// What it is called in the card.
    let name: String
    /// The maker, where the device does not tell.
    let maker: String?
    /// All objects that the rows name, each once.
    private(set) var objects: [OID] = []
    private(set) var texts: [TextRow] = []
    private(set) var numbers: [NumberRow] = []
    private(set) var states: [StateRow] = []
    private(set) var flags: FlagRow?
    private(set) var count: Int?
    private(set) var alarms: OID?
    let prefix: OID

    struct TextRow: Sendable {
      var text: Text
      var object: Int
      var order = UPSDate.Order.monthFirst
    }

    enum Text: String, Sendable {
      case maker, model, variant, serial, firmware, agent, replaced
    }

    struct NumberRow: Sendable {
      var quantity: UPSQuantity
      /// Of the first phase, then of the others.
      var objects: [Int]
      var factor = 1.0
      var divisor = 1.0
      /// From this number on a value means "unknown".
      var limit: Double?
      /// Further numbers that mean "unknown", beside ``UPSQuantity/isUnknown(_:)``.
      var unknowns: [Double] = []
      /// Whether -1 is a value.
      var isSigned = false
      var version: String?
      var isCheck = false
    }

    struct StateRow: Sendable {
      var object: Int
      var meanings: [Int64: MIBMeaning] = [:]
      var positive: MIBMeaning?
      /// Whether flags say the same, and better.
      var yieldsToFlags = false
    }

    struct FlagRow: Sendable {
      var object: Int
      var meanings: [(place: Int, isInverted: Bool, meaning: MIBMeaning)] = []
    }

    /// - Parameter rows: one or more texts of rows; a wrong one ends the program.
    init(_ name: String, _ prefix: OID, maker: String? = nil, rows: String...) {
      self.name = name
      self.prefix = prefix
      self.maker = maker
      for text in rows {
        for line in text.split(separator: "\n") { add(line.split(separator: " ").map(String.init)) }
      }
    }

    private mutating func add(_ words: [String]) {
      guard words.count >= 2 else { preconditionFailure("a row of a table: \(words)") }
      let objects = place(words[1])
      let rest = words[2...]
      switch words[0] {
      case "state", "state?":
        var row = StateRow(object: objects[0], yieldsToFlags: words[0] == "state?")
        for word in rest {
          let (key, meaning) = MIBMeaning.pair(word)
          if key == ">0" { row.positive = meaning } else { row.meanings[Int64(key)!] = meaning }
        }
        states.append(row)
      case "flags":
        var row = flags ?? FlagRow(object: objects[0])
        for word in rest {
          let (key, meaning) = MIBMeaning.pair(word)
          let isInverted = key.hasPrefix("!")
          row.meanings.append(
            (Int(isInverted ? String(key.dropFirst()) : key)!, isInverted, meaning))
        }
        flags = row
      case "count": count = objects[0]
      case "alarms": alarms = identifier(words[1])
      default:
        if let text = Text(rawValue: words[0]) {
          texts.append(
            TextRow(
              text: text, object: objects[0],
              order: rest.contains("dayfirst") ? .dayFirst : .monthFirst
            ))
        } else {
          addNumber(UPSQuantity(rawValue: words[0])!, objects, rest)
        }
      }
    }

    private mutating func addNumber(
      _ quantity: UPSQuantity, _ objects: [Int], _ options: ArraySlice<String>
    ) {
      var row = NumberRow(quantity: quantity, objects: objects)
      for option in options {
        let value = String(option.dropFirst())
        switch option.first! {
        case "*": row.factor = Double(value)!
        case "/": row.divisor = Double(value)!
        case "<": row.limit = Double(value)!
        case "?": row.unknowns.append(Double(value)!)
        case _ where option == "signed": row.isSigned = true
        case "@": row.version = value
        case "!": row.isCheck = true
        default: preconditionFailure("an option of a row: \(option)")
        }
      }
      numbers.append(row)
    }

    /// The places of a row's objects among all.
    private mutating func place(_ word: String) -> [Int] {
      let words =
        word.contains("#")
        ? (1...UPSReading.phases).map { phase in
          word.split(separator: ".", omittingEmptySubsequences: false)
            .map { $0 == "#" ? "\(phase)" : String($0) }.joined(separator: ".")
        } : word.split(separator: ",").map(String.init)
      return words.map { word in
        let object = identifier(word)
        if let place = objects.firstIndex(of: object) { return place }
        objects.append(object)
        return objects.count - 1
      }
    }

    private func identifier(_ word: String) -> OID {
      word.hasPrefix(".") ? OID(word)! : prefix.appending(OID(word)!.numbers)
    }
  }

  /// What a value says of the state.
  struct MIBMeaning: Sendable {
    var state: UPSState = []
    var doubts: UPSReading.Doubts = []

    private static let words: [String: MIBMeaning] = [
      "ok": MIBMeaning(), "line": MIBMeaning(state: .onLine),
      "battery": MIBMeaning(state: .onBattery),
      "battery?": MIBMeaning(doubts: .onBattery), "low": MIBMeaning(state: .lowBattery),
      "replace": MIBMeaning(state: .replaceBattery), "none": MIBMeaning(state: .noBattery),
      "overload": MIBMeaning(state: .overload), "bypass": MIBMeaning(state: .bypass),
      "boost": MIBMeaning(state: .boost), "trim": MIBMeaning(state: .trim),
      "off": MIBMeaning(state: .off), "off?": MIBMeaning(doubts: .off),
      "line?": MIBMeaning(doubts: .onLine),
      "lost": MIBMeaning(state: .communicationLost), "alarm": MIBMeaning(state: .alarm),
      "test": MIBMeaning(state: .testing),
      "calibration": MIBMeaning(state: [.testing, .calibrating]),
      "charging": MIBMeaning(state: .charging),
      "hot": MIBMeaning(state: .overTemperature),
    ]

    /// The key and the meaning of `6=boost+line`.
    static func pair(_ word: String) -> (key: String, meaning: MIBMeaning) {
      let parts = word.split(separator: "=").map(String.init)
      precondition(parts.count == 2, "KEY=MEANING: \(word)")
      var meaning = MIBMeaning()
      for name in parts[1].split(separator: "+") {
        let one = words[String(name)]!
        meaning.state.formUnion(one.state)
        meaning.doubts.formUnion(one.doubts)
      }
      return (parts[0], meaning)
    }
  }
#endif
