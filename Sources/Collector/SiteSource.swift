public import EventLoop

/// What pages ask of the collector, part by part: with thousands of nodes nobody takes all of it at once.
@LoopActor
public protocol SiteSource: Sendable {
  var state: CollectorState { get }
  /// All nodes, in the order of munin.conf; also those never reached.
  var names: [NodeName] { get }
  /// How the nodes answer.
  var answers: NodeAnswers { get }
  /// Everything known of a node; `nil` when there is none of that name any more.
  func node(_ name: NodeName) -> NodeView?
  /// What an overview says of a node.
  func summary(of name: NodeName) -> NodeSummary?
}

/// The name of a node, and the groups around it.
public struct NodeName: Sendable, Hashable {
  /// The outermost first.
  public let groups: [String]
  public let name: String
  /// `group;host`
  public let path: String

  public init(groups: [String], name: String) {
    self.groups = groups
    self.name = name
    path = (groups + [name]).joined(separator: ";")
  }
}

/// How many nodes are polled, and how many of them answer.
public struct NodeAnswers: Sendable {
  public private(set) var polled = 0
  public private(set) var answering = 0
  /// When the newest answer came, in seconds since 1970.
  public private(set) var newest: Int?

  public init() {}

  mutating func add(isPolled: Bool, lastAnswer: Int?, trouble: String?) {
    newest = [newest, lastAnswer].compactMap { $0 }.max()
    guard isPolled else { return }
    polled += 1
    if trouble == nil, lastAnswer != nil { answering += 1 }
  }
}

extension Snapshot: SiteSource {
  public var names: [NodeName] { nodes.map { NodeName(groups: $0.groups, name: $0.name) } }

  public var answers: NodeAnswers {
    var answers = NodeAnswers()
    for node in nodes {
      answers.add(isPolled: node.isPolled, lastAnswer: node.lastAnswer, trouble: node.trouble)
    }
    return answers
  }

  public func node(_ name: NodeName) -> NodeView? {
    nodes.first { $0.name == name.name && $0.groups == name.groups }
  }

  public func summary(of name: NodeName) -> NodeSummary? { node(name).map(NodeSummary.init) }
}
