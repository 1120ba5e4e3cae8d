#if SNMP
  internal import SNMP

  /// EPPC-MIB of PowerWalker.
  extension MIBTable {
    /// Dates have the day first.
    static let eppc = MIBTable(
      "EPPC", "1.3.6.1.4.1.935.10.1.1",
      rows: """
        maker 1.1.0
        model 1.2.0
        firmware 1.3.0
        serial 1.4.0
        replaced 3.9.0 dayfirst
        nominalInput 2.5.0 /10
        nominalFrequency 2.6.0 /10
        nominalOutput 2.7.0 /10
        nominalApparent 2.9.0
        nominalPower 2.10.0
        lineBads 2.14.0
        charge 3.4.0
        runtime 3.3.0 *60 ?999
        onBattery 3.2.0
        batteryVoltage 3.5.0 /10
        temperature 3.8.0 /10 ?999
        temperature 2.2.0 /10 ?999
        inputPhases 2.15.0
        inputFrequency 2.16.1.2.1 /10
        input 2.16.1.3.# /10
        inputCurrent 2.16.1.4.# /10
        outputFrequency 2.18.1.2.1 /10
        output 2.18.1.3.# /10
        outputCurrent 2.18.1.4.# /10
        realPower 2.18.1.5.#
        apparentPower 2.18.1.6.#
        load 2.18.1.7.#
        bypassFrequency 2.20.1.2.1 /10
        bypass 2.20.1.3.# /10
        state 2.1.0 2=off 3=bypass 4=line 5=battery 6=battery+test 7=alarm 8=line 9=line 10=off
        state 2.1.0 11=boost+line 12=trim+line
        state 3.1.0 3=low 4=low 6=replace
        """)
  }
#endif
