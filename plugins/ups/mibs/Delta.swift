#if SNMP
  internal import SNMP

  /// Delta's DeltaUPS-MIB.
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
        runtime 7.5.0 *60 ?999
        onBattery 7.4.0
        batteryVoltage 7.6.0 /10
        temperature 7.9.0
        inputPhases 4.1.0
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
  }
#endif
