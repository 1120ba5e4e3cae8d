#if SNMP
  internal import SNMP

  /// The tables of further makers.
  extension MIBTable {
    /// DeltaUPS-MIB: enumerations from 0, lines as columns.
    static let delta = MIBTable(
      "Delta", "1.3.6.1.4.1.2254.2.4",
      rows: """
        maker 1.1.0
        model 1.2.0
        firmware 1.3.0
        nominalApparent 1.7.0
        nominalOutput 1.8.0
        nominalFrequency 1.9.0
        nominalInput 1.10.0
        charge 7.8.0
        runtime 7.5.0 *60
        onBattery 7.4.0
        batteryVoltage 7.6.0 /10
        temperature 7.9.0
        inputFrequency 4.2.0 /10
        input 4.3.0,4.6.0,4.9.0 /10
        outputFrequency 5.2.0 /10
        output 5.4.0,5.8.0,5.12.0 /10
        outputCurrent 5.5.0,5.9.0,5.13.0 /10
        load 5.7.0,5.11.0,5.15.0
        bypassFrequency 6.1.0 /10
        bypass 6.3.0,6.6.0,6.9.0 /10
        state 5.1.0 0=line 1=battery 2=bypass 3=trim+line 4=boost+line 5=bypass 7=off
        state 7.1.0 2=replace
        state 7.2.0 1=low 2=low
        state 7.3.0 1=charging
        state 8.2.0 2=test 3=alarm 4=alarm 5=alarm
        state 9.1.0 1=lost
        state 9.3.0 1=low
        state 9.7.0 1=alarm
        state 9.9.0 1=test
        state 9.10.0 1=alarm
        state 9.12.0 1=overload
        state 9.14.0 1=alarm
        state 9.18.0 1=hot
        state 9.21.0 1=off
        state 9.22.0 1=alarm
        state 9.23.0 1=alarm
        state 9.27.0 1=alarm
        """)

    /// XPPC-MIB: Phoenixtec, Megatec and many with their cards. Some tell the volts of one battery of the string.
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
        temperature 2.2.3.0 /10
        input 3.2.1.0 /10
        inputFrequency 3.2.4.0 /10
        output 4.2.1.0 /10
        outputFrequency 4.2.2.0 /10
        load 4.2.3.0
        state 2.1.1.0 3=low
        state 2.2.5.0 2=replace
        state 4.1.1.0 2=line 3=battery 4=boost+line 5=off 6=bypass 8=off 9=trim+line
        """)

    /// EPPC-MIB, PowerWalker.
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
        runtime 3.3.0 *60
        onBattery 3.2.0
        batteryVoltage 3.5.0 /10
        temperature 3.8.0 /10
        temperature 2.2.0 /10
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

    /// TRIPPLITE-PRODUCTS, the table of the first device.
    static let trippLite = MIBTable(
      "Tripp Lite", "1.3.6.1.4.1.850.1.1.3.1.3", maker: "Tripp Lite",
      rows: """
        model .1.3.6.1.4.1.850.1.1.1.2.1.5.1
        model .1.3.6.1.2.1.33.1.1.2.0
        firmware .1.3.6.1.2.1.33.1.1.3.0
        replaced 1.5.1.5.1.1
        charge 1.1.1.4.1
        runtime 1.1.1.3.1 *60
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

    /// Socomec Net Vision 7 and 8. From 32767 on a number is none.
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
        temperature 2.7.0 /10 <32767
        inputFrequency 3.2.0 /10 <32767
        input 3.3.1.2.# /10 <32767
        inputCurrent 3.3.1.3.# /10 <32767
        outputFrequency 4.2.0 /10 <32767
        output 4.4.1.2.# /10 <32767
        outputCurrent 4.4.1.3.# /10 <32767
        load 4.4.1.4.# <32767
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
        runtime 3.9.30.1.20.1.2.1.4150 *60
        runtime 3.5.1.18.0 *60
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
