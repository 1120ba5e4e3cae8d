#if SNMP
  internal import SNMP

  /// Eaton's and Powerware's XUPS-MIB.
  extension MIBTable {
    private static let xupsRows = """
      maker 1.1.0
      model 1.2.0
      firmware 1.3.0
      serial 1.6.0
      replaced 2.6.0
      runtime 2.1.0
      batteryVoltage 2.2.0
      batteryCurrent 2.3.0
      charge 2.4.0
      inputFrequency 3.1.0 /10
      lineBads 3.2.0
      input 3.4.1.2.#
      inputCurrent 3.4.1.7.# /10
      inputCurrent 3.4.1.3.#
      load 4.1.0
      load 4.4.1.8.#
      outputFrequency 4.2.0 /10
      output 4.4.1.2.#
      outputCurrent 4.4.1.7.# /10
      outputCurrent 4.4.1.3.#
      realPower 4.4.1.4.#
      apparentPower 4.4.1.9.#
      bypassFrequency 5.1.0 /10
      bypass 5.3.1.2.#
      ambient 6.1.0 signed
      ambient 6.5.0 signed
      humidity 6.6.0
      inputPhases 3.3.0
      nominalOutput 10.1.0
      nominalInput 10.2.0
      nominalPower 10.3.0
      nominalFrequency 10.4.0 /10
      state 2.7.0 1=replace
      state 2.8.0 1=none
      state 2.9.0 1=replace
      state 2.10.0 1=low
      state 8.2.0 3=alarm 4=test
      count 7.1.0
      alarms 7.2.1.2
      """

    private static let batteryRow =
      "state 2.5.0 1=charging 2=battery 6=none 7=test 8=replace"

    /// Eaton and Powerware.
    static let xups = MIBTable(
      "Eaton XUPS", "1.3.6.1.4.1.534.1",
      rows: xupsRows, batteryRow,
      """
      state 4.5.0 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line 8=line 9=line 10=line
      state 4.5.0 11=bypass 12=line
      """)

    /// The Power Xpert Gateway card: the same objects, another enumeration of the output's source.
    static let gateway = MIBTable(
      "Eaton XUPS by a gateway card", "1.3.6.1.4.1.534.1",
      rows: xupsRows, batteryRow,
      """
      state 4.5.0 0=off 1=line 4=battery 5=battery+low 13=overload 14=trim+line 15=boost+line
      state 4.5.0 16=bypass 17=bypass 18=bypass 32=bypass 48=off 49=off 50=off 240=battery
      """)
  }
#endif
