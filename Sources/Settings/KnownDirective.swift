/// A word that a settings file may hold: a row of one of the tables ``NodeDirectives`` (munin-node.conf),
/// ``PluginDirectives`` (plugin-conf.d) and ``MasterDirectives`` (munin.conf).
///
/// The manuals and the README's table are made from the rows; tests compare them.
public struct KnownDirective: Sendable {
  /// The levels of munin.conf at which a directive may be set. The other two files have one level each: `root`.
  public struct Levels: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Before the first section.
    public static let root = Levels(rawValue: 1)
    public static let group = Levels(rawValue: 2)
    public static let node = Levels(rawValue: 4)
    public static let service = Levels(rawValue: 8)
    public static let field = Levels(rawValue: 16)
    /// As `contact.NAME.word`.
    public static let contact = Levels(rawValue: 32)

    public static let polling: Levels = [.root, .group, .node]
    /// Wherever a graph inherits from.
    public static let graphs: Levels = [.root, .group, .node, .service]
    public static let all: Levels = [.root, .group, .node, .service, .field]
  }

  public let word: String
  /// Other words for the same, which munin-node knows too.
  public let synonyms: [String]
  let kind: ValueKind
  /// The default as manuals show it; empty when there is none.
  public let standard: String
  /// Where the directive takes effect; empty when it has no effect anywhere.
  public let levels: Levels
  /// One line: what the directive does, or why it has no effect.
  public let meaning: String
  /// Whether munin does not know the word.
  public let isOwn: Bool
  /// What else a manual says, as further sentences.
  public let details: String

  init(
    _ word: String, _ kind: ValueKind, default standard: String = "", at levels: Levels = .root,
    synonyms: [String] = [], isOwn: Bool = false, _ meaning: String, _ details: String = ""
  ) {
    self.word = word
    self.kind = kind
    self.standard = standard
    self.levels = levels
    self.synonyms = synonyms
    self.isOwn = isOwn
    self.meaning = meaning
    self.details = details
  }

  /// The value as a manual names it: `SECONDS`.
  public var placeholder: String { kind.placeholder }
  public var takesEffect: Bool { !levels.isEmpty }
}

extension KnownDirective.Levels {
  /// For messages: `the top level, a group, a node`.
  public var names: String {
    let all: [(KnownDirective.Levels, String)] = [
      (.root, "the top level"), (.group, "a group"), (.node, "a node"), (.service, "a service"),
      (.field, "a field"), (.contact, "a contact"),
    ]
    return all.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

/// The directives of a settings file under one heading of its manual.
public struct DirectiveSection: Sendable {
  public let title: String
  public let directives: [KnownDirective]
  /// What a manual says before the directives.
  public let introduction: String

  init(_ title: String, introduction: String = "", _ directives: [KnownDirective]) {
    self.title = title
    self.introduction = introduction
    self.directives = directives
  }
}
