/// A swift in flight, drawn with two wings and a tail.
enum Icon {
  /// In the page, in the colour of the text.
  static let inline: StaticString =
    """
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">\
    <path fill="currentColor" d="M2 8c6-1 11 2 14 7 3-5 8-8 14-7-5 2-9 6-11 11l4 7-7-4-7 4 \
    4-7C11 14 7 10 2 8z"/></svg>
    """

  /// For the browser's tab.
  static let file: StaticString =
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2f6fb5" d="M2 8c6-1 \
    11 2 14 7 3-5 8-8 14-7-5 2-9 6-11 11l4 7-7-4-7 4 4-7C11 14 7 10 2 8z"/></svg>
    """
}
