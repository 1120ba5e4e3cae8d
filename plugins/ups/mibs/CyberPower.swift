#if SNMP
  internal import SNMP

  /// CyberPower's CPS-MIB.
  extension MIBTable {
    /// CPS-MIB. The numbers of the output status look like APC's, and are not.
    static let cyberPower = MIBTable(
      "CyberPower", "1.3.6.1.4.1.3808.1.1.1",
      rows: """
        maker .1.3.6.1.2.1.33.1.1.1.0
        model 1.1.1.0
        firmware 1.2.1.0
        serial 1.2.3.0
        nominalApparent 1.2.6.0
        nominalPower 1.2.7.0
        charge 2.2.1.0
        runtime 2.2.4.0 /100
        onBattery 2.1.2.0 /100
        batteryVoltage 2.2.2.0 /10
        temperature 2.2.3.0
        input 3.2.1.0 /10
        inputFrequency 3.2.4.0 /10
        output 4.2.1.0 /10
        outputFrequency 4.2.2.0 /10
        load 4.2.3.0
        outputCurrent 4.2.4.0 /10
        realPower 4.2.5.0
        state 2.1.1.0 3=low 4=none
        state 2.2.5.0 2=replace
        state 4.1.1.0 2=line 3=battery 4=boost+line 5=off 6=off 8=line 9=bypass 10=trim+line
        state 4.1.1.0 11=overload
        state 7.2.3.0 2=alarm 4=test
        state 7.2.7.0 3=calibration
        state 10.1.0 2=hot 3=alarm
        """)
  }
#endif
