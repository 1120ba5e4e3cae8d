#if SNMP
  internal import SNMP

  /// XPPC-MIB of Phoenixtec, Megatec and others.
  extension MIBTable {
    /// Three-phase UPSs tell their phases in objects below 8. Some tell the volts of one battery of the string.
    static let xppc = MIBTable(
      "XPPC", "1.3.6.1.4.1.935.1.1.1",
      rows: """
        maker .1.3.6.1.2.1.33.1.1.1.0
        model 1.1.1.0
        firmware 1.2.1.0
        serial 1.2.3.0
        replaced 2.1.3.0
        charge 2.2.1.0
        runtime 2.2.4.0
        onBattery 2.1.2.0
        batteryVoltage 2.2.2.0 /10
        batteryVoltage .1.3.6.1.2.1.33.1.2.5.0 /10 !
        temperature 2.2.3.0 /10 ?999
        input 3.2.1.0 /10
        input 8.2.2.0,8.2.3.0,8.2.4.0 /10
        inputFrequency 3.2.4.0 /10
        inputFrequency 8.2.1.0 /10
        output 4.2.1.0 /10
        output 8.3.2.0,8.3.3.0,8.3.4.0 /10
        outputFrequency 4.2.2.0 /10
        outputFrequency 8.3.1.0 /10
        load 4.2.3.0
        load 8.3.5.0,8.3.6.0,8.3.7.0 /10
        bypassFrequency 8.4.1.0 /10
        bypass 8.4.2.0,8.4.3.0,8.4.4.0 /10
        state 2.1.1.0 3=low
        state 2.2.5.0 2=replace
        state 4.1.1.0 2=line 3=battery 4=boost+line 5=off 6=bypass 8=off 9=trim+line
        """)
  }
#endif
