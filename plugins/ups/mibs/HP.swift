#if SNMP
  internal import SNMP

  /// HP's and Compaq's CPQPOWER-MIB.
  extension MIBTable {
    /// HP and Compaq, CPQPOWER-MIB.
    static let hp = MIBTable(
      "HP CPQPOWER", "1.3.6.1.4.1.232.165.3",
      rows: """
        maker 1.1.0
        model 1.2.0
        firmware 1.3.0
        serial .1.3.6.1.4.1.232.165.1.2.7.0
        runtime 2.1.0
        batteryVoltage .1.3.6.1.2.1.33.1.2.5.0 /10
        batteryVoltage 2.2.0 /10
        charge 2.4.0
        inputFrequency 3.1.0 /10
        lineBads 3.2.0
        input 3.4.1.2.#
        load 4.1.0
        outputFrequency 4.2.0 /10
        output 4.4.1.2.#
        realPower 4.4.1.4.#
        ambient 6.1.0 signed
        inputPhases 3.3.0
        nominalOutput 9.1.0
        nominalInput 9.2.0
        nominalPower 9.3.0
        nominalFrequency 9.4.0 /10
        state 2.5.0 1=charging 2=battery
        state 4.5.0 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line 8=line 9=line
        state 4.5.0 10=line
        state .1.3.6.1.2.1.33.1.2.1.0 3=low 4=low
        state 7.2.0 3=alarm 4=test
        """)
  }
#endif
