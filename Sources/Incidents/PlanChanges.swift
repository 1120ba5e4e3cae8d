/// What is to be written of a ``NotificationPlan``; `nil` for what is over.
public struct PlanChanges: Sendable {
  public var told: [ToldKey: ToldState?] = [:]
  public var threads: [ThreadKey: ThreadState?] = [:]
  /// Without their steps.
  public var waves: [Int: Wave?] = [:]
  public var steps: [WaveStepKey: Wave.Step?] = [:]

  public init() {}

  public var isEmpty: Bool {
    told.isEmpty && threads.isEmpty && waves.isEmpty && steps.isEmpty
  }
}
