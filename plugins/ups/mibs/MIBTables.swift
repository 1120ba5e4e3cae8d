#if SNMP
  internal import SNMP

  /// The tables of the wide-spread MIBs.
  extension MIBTable {
    private static let rfcRows = """
      maker 1.1.0
      model 1.2.0
      firmware 1.3.0
      agent 1.4.0
      charge 2.4.0
      runtime 2.3.0 *60
      onBattery 2.2.0
      batteryVoltage 2.5.0 /10
      batteryCurrent 2.6.0 /10
      temperature 2.7.0
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

    /// Dell's cards answer RFC 1628; the enterprise's objects tell the runtime in seconds and the identity. The global
    /// status is that of all Dell devices: from 4 on something is wrong.
    static let dell = MIBTable(
      "RFC 1628 with Dell's", "1.3.6.1.2.1.33.1",
      rows: """
        model .1.3.6.1.4.1.674.10902.2.100.1.0
        firmware .1.3.6.1.4.1.674.10902.2.100.4.0
        runtime .1.3.6.1.4.1.674.10902.2.120.5.3.0
        state .1.3.6.1.4.1.674.10902.2.110.1.0 4=alarm 5=alarm 6=alarm
        """, rfcRows)

    /// Riello mirrors RFC 1628 below a number of its own.
    static let riello = MIBTable("Riello", "1.3.6.1.4.1.5491.10.1", maker: "Riello", rows: rfcRows)

    /// Tripp Lite's older cards: RFC 1628, with scales that came and went with versions.
    static let trippLiteOld = MIBTable(
      "RFC 1628 with Tripp Lite's scales", "1.3.6.1.2.1.33.1",
      rows: """
        outputCurrent 4.4.1.3.# @12.04.0056
        inputCurrent 3.3.1.4.# @12.04.0056
        load 4.4.1.5.# /10 @12.06.0064
        """, rfcRows)

    /// PowerNet-MIB. Tenths go before whole values, and the flags before all other words on the state.
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
        inputFrequency 3.3.4.0 /10
        inputFrequency 3.2.4.0
        output 4.3.1.0 /10
        output 4.2.1.0
        outputFrequency 4.3.2.0 /10
        outputFrequency 4.2.2.0
        load 4.3.3.0 /10
        load 4.2.3.0
        outputCurrent 4.3.4.0 /10
        outputCurrent 4.2.4.0
        realPower 4.2.8.0
        apparentPower 4.2.9.0
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

    /// MG-SNMP-UPS-MIB; some cards put another 0 behind each row.
    static let mge = MIBTable(
      "MGE", "1.3.6.1.4.1.705.1",
      rows: """
        maker .1.3.6.1.2.1.33.1.1.1.0
        model 1.1.0
        variant 1.2.0
        firmware 1.4.0
        serial 1.7.0
        lowRuntime 4.7.0
        charge 5.2.0
        runtime 5.1.0
        batteryVoltage 5.5.0 /10
        batteryCurrent 5.6.0 /10
        temperature 5.7.0
        input 6.2.1.2.# /10
        input 6.2.1.2.#.0 /10
        inputFrequency 6.2.1.3.1 /10
        inputFrequency 6.2.1.3.1.0 /10
        inputCurrent 6.2.1.6.# /10
        inputCurrent 6.2.1.6.#.0 /10
        output 7.2.1.2.# /10
        output 7.2.1.2.#.0 /10
        outputFrequency 7.2.1.3.1 /10
        outputFrequency 7.2.1.3.1.0 /10
        load 7.2.1.4.#
        load 7.2.1.4.#.0
        outputCurrent 7.2.1.5.# /10
        outputCurrent 7.2.1.5.#.0 /10
        ambient 8.1.0 /10
        humidity 8.2.0 /10
        state 5.9.0 1=replace
        state 5.10.0 1=none
        state 5.11.0 1=replace
        state 5.14.0 1=low
        state 5.15.0 1=alarm
        state 5.16.0 1=low
        state 7.3.0 1=battery 2=line
        state 7.4.0 1=bypass
        state 7.8.0 1=boost
        state 7.9.0 1=off?
        state 7.10.0 1=overload
        state 7.11.0 1=hot
        state 7.12.0 1=trim
        """)
  }
#endif
