#if SNMP
  internal import SNMP

  /// APC's PowerNet-MIB.
  extension MIBTable {
    /// PowerNet-MIB. Tenths go before whole values, the tables of phases are for UPSs with three, and flags go before all
    /// other objects that tell the state.
    static let apc = MIBTable(
      "APC PowerNet", "1.3.6.1.4.1.318.1.1.1", maker: "APC",
      rows: """
        maker .1.3.6.1.2.1.33.1.1.1.0
        model 1.1.1.0
        firmware 1.2.1.0
        serial 1.2.3.0
        replaced 2.1.3.0
        charge 2.3.1.0 /10
        charge 2.2.1.0
        runtime 2.2.3.0 /100
        onBattery 2.1.2.0 /100
        temperature 2.3.2.0 /10
        temperature 2.2.2.0
        batteryVoltage 2.3.4.0 /10
        batteryVoltage 2.2.8.0
        batteryCurrent 2.3.5.0 /10
        batteryCurrent 2.2.9.0
        nominalBattery 2.2.7.0
        input 3.3.1.0 /10
        input 3.2.1.0
        input 9.2.3.1.3.1.1.#
        inputPhases 9.2.2.1.2.1
        inputCurrent 9.2.3.1.6.1.1.# /10
        inputFrequency 3.3.4.0 /10
        inputFrequency 9.2.2.1.4.1 /10
        inputFrequency 3.2.4.0
        output 4.3.1.0 /10
        output 4.2.1.0
        output 9.3.3.1.3.1.1.#
        outputFrequency 4.3.2.0 /10
        outputFrequency 9.3.2.1.4.1 /10
        outputFrequency 4.2.2.0
        load 4.3.3.0 /10
        load 4.2.3.0
        load 9.3.3.1.10.1.1.#
        outputCurrent 4.3.4.0 /10
        outputCurrent 4.2.4.0
        outputCurrent 9.3.3.1.4.1.1.# /10
        realPower 4.2.8.0
        realPower 9.3.3.1.13.1.1.#
        apparentPower 4.2.9.0
        apparentPower 9.3.3.1.7.1.1.#
        bypass 9.2.3.1.3.2.1.#
        nominalOutput 5.2.1.0
        transferHigh 5.2.2.0
        transferLow 5.2.3.0
        lowRuntime 5.2.8.0 /100
        state? 2.1.1.0 3=low 4=alarm 5=none
        state 2.2.4.0 2=replace
        state 2.2.6.0 >0=replace
        state? 4.1.1.0 2=line 3=battery 4=boost+line 5=off 6=bypass 7=off 9=bypass 10=bypass
        state? 4.1.1.0 11=off 12=trim+line 13=line 14=line 15=line+test 16=bypass 17=bypass
        state? 4.1.1.0 19=line 20=line 21=line 22=line 24=line 25=line 28=line+test
        state 7.2.3.0 2=alarm 4=test
        state 7.2.6.0 3=calibration
        state 8.1.0 2=lost
        flags 11.1.1.0 2=battery 3=low 4=line 5=replace !6=lost 7=boost 8=trim 9=overload
        flags 11.1.1.0 10=calibration 12=bypass 13=bypass 14=bypass 15=bypass 16=bypass 17=off 18=off
        flags 11.1.1.0 21=alarm 23=alarm 24=alarm 25=alarm 26=hot 27=hot 28=hot 29=test 33=none
        flags 11.1.1.0 37=alarm 38=alarm 39=alarm 41=alarm 42=alarm 43=alarm 45=hot 48=alarm
        flags 11.1.1.0 49=alarm 50=alarm 53=alarm 56=alarm 58=off
        """)
  }
#endif
