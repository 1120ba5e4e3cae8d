/// Directives that are read and checked, and that nothing makes use of yet.
///
/// Each is one warning at the start and in `check`, and the manual and the README say so too. Whoever builds what a group of words is
/// for deletes that group here; everything else follows, the pages by `RECORD=1 swift test --filter DocumentationTests`.
extension MasterDirectives {
  /// Why a line with such a word has no effect.
  static let reasonOfPending = "not built yet"

  /// The levels at which a word has no effect yet.
  static let pending: [String: KnownDirective.Levels] = {
    let everywhere = KnownDirective.Levels.all.union(.contact)
    var pending: [String: KnownDirective.Levels] = [:]
    for (levels, words) in [
      (everywhere, ["digest", "ignore", "ignore_file"]),
      (everywhere, ["heartbeat_mail"]),
    ] { for word in words { pending[word] = levels } }
    return pending
  }()
}

extension DirectiveSection {
  /// The section whose directives know where they have no effect yet.
  func marked(_ pending: [String: KnownDirective.Levels]) -> DirectiveSection {
    DirectiveSection(
      title, introduction: introduction,
      directives.map { one in
        var one = one
        one.pendingLevels = one.levels.intersection(pending[one.word] ?? [])
        return one
      })
  }
}
