import MuninWire
import Testing

@testable import Polling

/// How often a node is polled and which of its services are fetched then.
@Suite struct ServiceRatesTests {
  private static func rates(_ seconds: Int, _ node: String = "g;web01") -> ServiceRates {
    ServiceRates(node: node, standard: UpdateRate(seconds: seconds))
  }

  /// Polls for a time, by the schedule that the rates lead to.
  /// - Returns: when each service was fetched, and how often the node was polled.
  private func play(
    _ rates: inout ServiceRates, _ services: [String], seconds: Int, stamped: Set<String> = [],
    from start: Int = 1_700_000_000, node: String = "g;web01"
  ) -> (fetched: [String: [Int]], polls: Int) {
    var fetched: [String: [Int]] = [:]
    var polls = 0
    var milliseconds = start * 1000
    while milliseconds < (start + seconds) * 1000 {
      let now = milliseconds / 1000
      polls += 1
      let fresh = rates.fresh(now: now)
      for service in services where !fresh.contains(service) {
        fetched[service, default: []].append(now)
        rates.setFetched(service, at: now, isStamped: stamped.contains(service))
      }
      let schedule = Schedule(node: node, period: rates.period)
      milliseconds += schedule.wait(
        seconds: now, nanoseconds: milliseconds % 1000 * 1_000_000, sinceLast: 0)
    }
    return (fetched, polls)
  }

  /// The node is polled for its fastest service; the others are fetched at the node's rate and at their own.
  @Test func onlyServicesThatAreDueAreFetched() {
    var rates = Self.rates(300)
    rates.set(UpdateRate(seconds: 10), isSet: true, of: "fast")
    rates.set(UpdateRate(seconds: 3600), isSet: false, of: "slow")
    #expect(rates.period == 10)
    let (fetched, polls) = play(&rates, ["fast", "plain", "slow"], seconds: 7200)
    #expect(abs(polls - 720) <= 2 && fetched["fast"]?.count == polls)
    // Once in each period, always at the same place in it.
    let plain = fetched["plain"] ?? []
    #expect(abs(plain.count - 25) <= 1)
    #expect(zip(plain.dropFirst(), plain.dropFirst(2)).allSatisfy { $1 - $0 == 300 })
    #expect((2...3).contains(fetched["slow"]?.count ?? 0))
  }

  /// A rate that is no multiple of the node's is right on average.
  @Test func anOddRateIsKeptOnAverage() {
    var rates = Self.rates(20)
    rates.set(UpdateRate(seconds: 50), isSet: true, of: "odd")
    let (fetched, polls) = play(&rates, ["odd", "plain"], seconds: 1000)
    #expect(abs(polls - 50) <= 1 && abs((fetched["odd"]?.count ?? 0) - 20) <= 1)
  }

  /// Nodes with a fast service do not fetch their slow ones all at the same time.
  @Test func slowServicesOfManyNodesAreSpread() {
    var at: [Int: Int] = [:]
    for number in 0..<600 {
      let node = "g;web\(number)"
      var rates = Self.rates(300, node)
      rates.set(UpdateRate(seconds: 10), isSet: true, of: "fast")
      let (fetched, _) = play(&rates, ["fast", "plain"], seconds: 700, node: node)
      at[(fetched["plain"]?.last ?? 0) % 300 / 10, default: 0] += 1
    }
    // 20 in each 10 s on average.
    #expect(at.count == 30 && (at.values.max() ?? 0) < 45)
  }

  /// Shorter than 10 s only where the node's own rate is.
  @Test(arguments: [(300, 1, 10), (300, 30, 30), (5, 1, 5), (5, 30, 5), (300, 900, 300)])
  func thePeriodIsTheShortestRate(node: Int, service: Int, period: Int) {
    var rates = Self.rates(node)
    rates.set(UpdateRate(seconds: service), isSet: true, of: "s")
    #expect(rates.period == period)
    rates.forget("s")
    #expect(rates.period == node)
  }

  /// A plugin that collects values every second and sends them with their times is fetched with the others.
  @Test func aPluginThatCollectsIsFetchedAtTheNodesRate() {
    var rates = Self.rates(300)
    rates.set(UpdateRate(seconds: 1), isSet: false, of: "collecting")
    rates.set(UpdateRate(seconds: 30), isSet: false, of: "plain")
    #expect(rates.period == 300)
    let (fetched, _) = play(
      &rates, ["collecting", "plain"], seconds: 3000, stamped: ["collecting"])
    #expect(rates.period == 30)
    #expect(abs((fetched["collecting"]?.count ?? 0) - 11) <= 1)
    #expect((fetched["plain"]?.count ?? 0) > 80)
    // munin.conf goes before that.
    rates.set(UpdateRate(seconds: 10), isSet: true, of: "collecting")
    #expect(rates.period == 10)
  }

  @Test func alignmentIsTheServicesOwnOrTheNodes() {
    var rates = Self.rates(300)
    #expect(rates.alignment(of: "s") == nil)
    rates.set(UpdateRate("5m aligned"), isSet: false, of: "s")
    #expect(rates.alignment(of: "s") == 300 && rates.alignment(of: "other") == nil)
    rates.change(standard: UpdateRate(seconds: 60, isAligned: true))
    #expect(rates.alignment(of: "s") == 60 && rates.period == 60)
  }
}
