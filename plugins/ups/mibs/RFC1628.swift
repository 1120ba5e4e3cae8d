#if SNMP
  internal import SNMP

  /// RFC 1628, the UPS-MIB that most cards answer at least in part.
  extension MIBTable {
    /// The rows, which the MIBs of other makers extend.
    static let rfcRows = """
      maker 1.1.0
      model 1.2.0
      firmware 1.3.0
      agent 1.4.0
      charge 2.4.0
      runtime 2.3.0 *60 ?999
      onBattery 2.2.0
      batteryVoltage 2.5.0 /10
      batteryCurrent 2.6.0 /10
      temperature 2.7.0
      inputPhases 3.2.0
      lineBads 3.1.0
      inputFrequency 3.3.1.2.1 /10
      inputFrequency 3.3.1.2.1
      input 3.3.1.3.#
      inputCurrent 3.3.1.4.# /10
      outputFrequency 4.2.0 /10
      outputFrequency 4.2.0
      output 4.4.1.2.#
      outputCurrent 4.4.1.3.# /10
      realPower 4.4.1.4.#
      load 4.4.1.5.#
      bypassFrequency 5.1.0 /10
      bypass 5.3.1.2.#
      nominalInput 9.1.0
      nominalFrequency 9.2.0 /10
      nominalOutput 9.3.0
      nominalApparent 9.5.0
      nominalPower 9.6.0
      lowRuntime 9.7.0 *60
      transferLow 9.9.0
      transferHigh 9.10.0
      state 2.1.0 3=low 4=low
      state 4.1.0 2=off 3=line 4=bypass 5=battery? 6=boost+line 7=trim+line
      state 7.3.0 3=alarm 5=test
      count 6.1.0
      alarms 6.2.1.2
      """

    /// RFC 1628.
    static let rfc1628 = MIBTable("RFC 1628", "1.3.6.1.2.1.33.1", rows: rfcRows)
  }
#endif
