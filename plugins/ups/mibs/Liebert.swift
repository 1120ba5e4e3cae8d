#if SNMP
  internal import SNMP

  /// The MIBs of Liebert and Vertiv.
  extension MIBTable {
    /// Liebert and Vertiv: the objects of newer cards, then those of older ones.
    static let liebert = MIBTable(
      "Liebert", "1.3.6.1.4.1.476.1.42",
      rows: """
        maker 2.1.1.0
        model 2.4.2.1.4.1
        firmware 2.4.2.1.5.1
        serial 2.4.2.1.7.1
        charge 3.9.30.1.20.1.2.1.4153
        charge 3.5.1.19.0
        runtime 3.9.30.1.20.1.2.1.4150 *60 ?999
        runtime 3.5.1.18.0 *60 ?999
        batteryVoltage 3.9.30.1.20.1.2.1.4148
        load 3.9.30.1.20.1.2.1.5861
        input 3.9.30.1.20.1.2.1.4096 /10
        inputFrequency 3.9.30.1.20.1.2.1.4105 /10
        inputCurrent 3.9.30.1.20.1.2.1.4113 /10
        output 3.9.30.1.20.1.2.1.4385 /10
        outputFrequency 3.9.30.1.20.1.2.1.4207 /10
        outputCurrent 3.9.30.1.20.1.2.1.4204 /10
        realPower 3.9.30.1.20.1.2.1.4208
        apparentPower 3.9.30.1.20.1.2.1.4209
        nominalInput 3.9.30.1.20.1.2.1.4102
        nominalOutput 3.9.30.1.20.1.2.1.4260
        state 3.9.30.1.20.1.2.1.4872 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line
        state 3.5.3.55.0 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line
        """)
  }
#endif
