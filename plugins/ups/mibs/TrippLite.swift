#if SNMP
  internal import SNMP

  /// Tripp Lite's TRIPPLITE-PRODUCTS, and the older cards of RFC 1628.
  extension MIBTable {
    /// TRIPPLITE-PRODUCTS, the table of the first device.
    static let trippLite = MIBTable(
      "Tripp Lite", "1.3.6.1.4.1.850.1.1.3.1.3", maker: "Tripp Lite",
      rows: """
        model .1.3.6.1.4.1.850.1.1.1.2.1.5.1
        model .1.3.6.1.2.1.33.1.1.2.0
        firmware .1.3.6.1.2.1.33.1.1.3.0
        replaced 1.5.1.5.1.1
        charge 1.1.1.4.1
        runtime 1.1.1.3.1 *60 ?999
        onBattery 1.1.1.2.1
        batteryVoltage 1.2.1.1.1 /10
        temperature 1.5.1.2.1.1 /10
        inputFrequency 2.2.1.2.1.1 /10
        input 2.2.1.3.1.# /10
        nominalOutput 3.1.1.2.1
        outputFrequency 3.1.1.3.1 /10
        output 3.2.1.2.1.# /10
        outputCurrent 3.2.1.3.1.# /100
        realPower 3.2.1.4.1.#
        load 3.2.1.5.1.#
        state 1.1.1.1.1 3=low 4=low
        state 1.5.1.1.1.1 3=replace
        state 3.1.1.1.1 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line 8=line 9=line
        state 3.1.1.1.1 10=test
        count .1.3.6.1.2.1.33.1.6.1.0
        alarms .1.3.6.1.2.1.33.1.6.2.1.2
        """)

    /// Tripp Lite's older cards: RFC 1628, with scales that depend on the version.
    static let trippLiteOld = MIBTable(
      "RFC 1628 with Tripp Lite's scales", "1.3.6.1.2.1.33.1",
      rows: """
        outputCurrent 4.4.1.3.# @12.04.0056
        inputCurrent 3.3.1.4.# @12.04.0056
        load 4.4.1.5.# /10 @12.06.0064
        """, rfcRows)
  }
#endif
