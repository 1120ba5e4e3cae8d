#if SNMP
  internal import SNMP

  /// Socomec's MIBs of Net Vision cards.
  extension MIBTable {
    /// Socomec Net Vision 7 and 8. 32767 and greater numbers mean "unknown".
    static let netVision7 = MIBTable(
      "Socomec Net Vision 7", "1.3.6.1.4.1.4555.1.1.7.1", maker: "Socomec",
      rows: """
        model 1.1.0
        serial 1.2.0
        firmware 1.5.0
        onBattery 2.2.0 <32767
        runtime 2.3.0 *60 <32767
        charge 2.4.0 <32767
        batteryVoltage 2.5.0 /10 <32767
        temperature 2.6.0 /10 <32767
        temperature 2.7.0 /10 <32767
        batteryCurrent 2.8.0 /10 <32767
        inputPhases 3.1.0
        inputFrequency 3.2.0 /10 <32767
        input 3.3.1.2.# /10 <32767
        inputCurrent 3.3.1.3.# /10 <32767
        outputFrequency 4.2.0 /10 <32767
        output 4.4.1.2.# /10 <32767
        outputCurrent 4.4.1.3.# /10 <32767
        load 4.4.1.4.# <32767
        apparentPower 4.4.1.5.# *100 <32767
        realPower 4.4.1.6.# *100 <32767
        bypassFrequency 5.1.0 /10 <32767
        bypass 5.3.1.2.# /10 <32767
        state 2.1.0 3=charging 4=test 5=battery 6=low 7=low 8=replace 9=none
        state 4.1.0 2=bypass 3=line 4=line 5=line 6=bypass 7=off 8=off 9=line 10=line
        count 6.1.0
        """)

    /// Socomec Net Vision 5.
    static let netVision5 = MIBTable(
      "Socomec Net Vision 5", "1.3.6.1.4.1.4555.1.1.1.1", maker: "Socomec",
      rows: """
        model 1.1.0
        firmware 1.2.0
        serial 1.4.0
        onBattery 2.2.0 <32767
        runtime 2.3.0 *60 <32767
        charge 2.4.0 <32767
        batteryVoltage 2.5.0 /10 <32767
        input 3.3.1.2.# /10 <32767
        input 3.3.1.5.# /10 <32767
        outputFrequency 4.2.0 /10 <32767
        output 4.4.1.2.# /10 <32767
        outputCurrent 4.4.1.3.# /10 <32767
        load 4.4.1.4.# <32767
        state 2.1.0 3=low 4=low 6=replace
        state 4.1.0 2=off 3=line 4=bypass 5=battery 6=boost+line 7=trim+line 8=off 9=line
        """)
  }
#endif
