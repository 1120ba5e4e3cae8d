internal import Foundation
public import Testing

/// The folder `Tests/Fixtures`.
public let fixtures: String = {
  let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
  return "/\(here)/Fixtures"
}()

/// Compares text with a file. Under `RECORD=1` it rewrites a file that differs and fails all the same, so
/// that nobody commits a recording unseen.
public func expectGolden(
  _ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let golden = try? String(contentsOfFile: path, encoding: .utf8)
  guard golden != text else { return }
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    Issue.record("\(path) is recorded anew: look at it", sourceLocation: sourceLocation)
  } else {
    Issue.record(
      "\(path): expected\n\(golden ?? "(no file)")\nfound\n\(text)", sourceLocation: sourceLocation)
  }
}
