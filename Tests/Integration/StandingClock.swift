import Foundation

/// A clock for whole programs that stands until a test moves it (peers/shims/standing-clock.c).
struct StandingClock {
  /// For the programs that are to go by it.
  let environment: [String: String]
  private let file: URL

  init(in scratch: Scratch) async throws {
    let library = try await run(Project.peer("shim"), ["standing-clock"], in: scratch)
    guard library.ending == .exit(0) else { throw Trouble(library.errors) }
    file = URL(filePath: try scratch.write("0         \n", to: "clock"))
    environment = [
      "LD_PRELOAD": library.output.trimmingCharacters(in: .whitespacesAndNewlines),
      "STANDING_CLOCK": file.path,
    ]
  }

  /// Seconds since 1970. The programs have the file mapped, so it is changed in its place.
  func set(_ time: Int) throws {
    let handle = try FileHandle(forWritingTo: file)
    defer { try? handle.close() }
    try handle.write(contentsOf: Data("\(time)\n".utf8))
  }
}
