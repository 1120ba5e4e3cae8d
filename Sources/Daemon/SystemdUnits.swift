/// The systemd units of a program, for advice about who has its port.
public struct SystemdUnits: Sendable {
  /// The program's own unit.
  public let own: String
  /// What the name of a unit begins with that this program takes the place of; `nil` for none.
  public let predecessor: String?

  public static let node = SystemdUnits(own: "apus-node.service", predecessor: "munin-node")
  public static let collector = SystemdUnits(own: "apus-collector.service", predecessor: nil)
}
