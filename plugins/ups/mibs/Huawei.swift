#if SNMP
  internal import SNMP

  /// Huawei's UPS-MIB.
  extension MIBTable {
    /// Huawei's UPS MIB, the first device. Frequencies are hundredths, on some models tenths.
    static let huawei = MIBTable(
      "Huawei", "1.3.6.1.4.1.2011.6.174.1", maker: "Huawei",
      rows: """
        model 2.100.1.2.1
        firmware 2.100.1.3.1
        serial 2.100.1.5.1
        batteryVoltage 6.100.1.1.1 /10
        batteryCurrent 6.100.1.2.1 /10
        charge 6.100.1.3.1
        runtime 6.100.1.4.1
        input 3.100.1.1.1,3.100.1.2.1,3.100.1.3.1 /10
        inputFrequency 3.100.1.4.1 /100
        inputFrequency 3.100.1.4.1 /10
        inputCurrent 3.100.1.5.1,3.100.1.6.1,3.100.1.7.1 /10
        output 4.100.1.1.1,4.100.1.2.1,4.100.1.3.1 /10
        outputCurrent 4.100.1.4.1,4.100.1.5.1,4.100.1.6.1 /10
        outputFrequency 4.100.1.7.1 /100
        outputFrequency 4.100.1.7.1 /10
        load 4.100.1.14.1,4.100.1.15.1,4.100.1.16.1 /10
        bypass 5.100.1.1.1,5.100.1.2.1,5.100.1.3.1 /10
        bypassFrequency 5.100.1.4.1 /100
        bypassFrequency 5.100.1.4.1 /10
        state 2.101.1.1.1 1=off 2=bypass 3=line 4=battery 6=line 7=battery
        state 2.101.1.3.1 1=none 5=charging
        state .1.3.6.1.2.1.33.1.2.1.0 3=low 4=low
        """)
  }
#endif
