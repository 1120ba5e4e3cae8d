public import Limits
internal import Text

/// What the words of an alert need beside its facts.
public struct AlertSurroundings: Sendable {
  /// The public address of the pages, without a slash at its end; without one no mail has links.
  public var site: String?
  /// The name of the machine that the collector runs on.
  public var machine: String
  /// Seconds that the contact's time zone is ahead of UTC at a time.
  public var utcOffset: @Sendable (Int) -> Int
  /// The address of the page with the buttons for an incident, signed for a contact; `nil` where nothing can be signed.
  public var silenceLink: @Sendable (_ incident: Int, _ contact: String) -> String?
  /// How values have moved, by series.
  public var movements: [SeriesNumber: ValueMovement]

  /// - Parameter utcOffset: without it that of this machine's zone.
  public init(
    site: String? = nil, machine: String, utcOffset: (@Sendable (Int) -> Int)? = nil,
    silenceLink: @escaping @Sendable (Int, String) -> String? = { _, _ in nil },
    movements: [SeriesNumber: ValueMovement] = [:]
  ) {
    self.site = site
    self.machine = machine
    self.utcOffset = utcOffset ?? { CalendarTime.localOffset(at: $0) }
    self.silenceLink = silenceLink
    self.movements = movements
  }
}
