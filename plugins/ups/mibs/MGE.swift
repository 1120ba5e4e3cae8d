#if SNMP
  internal import SNMP

  /// MGE's MG-SNMP-UPS-MIB, which Eaton's and some of APC's cards answer too.
  extension MIBTable {
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
        inputPhases 6.1.0
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
