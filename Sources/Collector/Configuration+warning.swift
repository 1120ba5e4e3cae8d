extension Configuration {
  /// A warning as a line of a log or a terminal: it says `warning:` once, also where it is about the directive of that name.
  public static func line(ofWarning warning: String) -> String {
    guard let range = warning.firstRange(of: ": warning: ") else { return "warning: \(warning)" }
    let (place, text) = (warning[..<range.lowerBound], warning[range.upperBound...])
    return "warning: \(place): directive 'warning': \(text)"
  }
}
