import Foundation
import TestSupport
import Testing

/// The node must stay without Foundation, which costs 10 MB and a millisecond at every start. `ldd` shows nothing
/// when the runtime is linked statically, so the symbols are looked at.
struct FoundationTests {
  private static let root = String(fixtures.dropLast("/Tests/Fixtures".count))

  /// Mangled names carry their module's name with its length before it.
  private func foundationSymbols(of program: String) throws -> [Substring] {
    let end = try RunningProgram("/usr/bin/nm", [program]).end(within: .seconds(60))
    let lines = end.output.split(separator: "\n")
    try #require(end.status == 0, "\(end.errors)")
    // A stripped program proves nothing.
    try #require(lines.count > 1000)
    return lines.filter { $0.contains("10Foundation") || $0.contains("20FoundationEssentials") }
  }

  /// The newest change below the folders that make up the program.
  private func newestSource() -> Date {
    var newest = Date.distantPast
    for folder in ["Sources", "plugins"] {
      let files = FileManager.default.enumerator(atPath: "\(Self.root)/\(folder)")
      while let file = files?.nextObject() as? String {
        guard file.hasSuffix(".swift") || file.hasSuffix(".c") else { continue }
        let path = "\(Self.root)/\(folder)/\(file)"
        let date = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate]
        newest = max(newest, date as? Date ?? newest)
      }
    }
    return newest
  }

  /// The release program; it is built when it is missing or older than its sources.
  private func releaseProgram() throws -> String {
    let program = "\(Self.root)/.build/release/apus-node"
    let date = (try? FileManager.default.attributesOfItem(atPath: program))?[.modificationDate]
    if let date = date as? Date, date >= newestSource() { return program }
    let environment = ProcessInfo.processInfo.environment
    // `swift test` holds the lock of the build folder for as long as it runs, and builds nothing meanwhile.
    let end = try RunningProgram(
      "/usr/bin/env",
      [
        "swift", "build", "--package-path", Self.root, "--ignore-lock", "-c", "release",
        "--product", "apus-node",
      ], environment: environment
    ).end(within: .seconds(900))
    try #require(end.status == 0, "\(end.output)\(end.errors)")
    return program
  }

  @Test func theReleaseNodeHasNoFoundation() throws {
    #expect(try foundationSymbols(of: try releaseProgram()) == [])
  }

  /// The same look at a program that has it: without this, a change of the names would let everything pass.
  @Test func aProgramWithFoundationIsFound() throws {
    let folder = try TemporaryFolder()
    // Enough of our own symbols to count as unstripped.
    let own = (0..<1000).map { "public func own\($0)() -> Int { \($0) }" }.joined(separator: "\n")
    let source = try folder.write(
      "main.swift", "import Foundation\n\(own)\nprint(Date().timeIntervalSince1970)\n")
    let end = try RunningProgram(
      "/usr/bin/env", ["swiftc", "-Onone", source, "-o", "\(folder.path)/with"],
      environment: ProcessInfo.processInfo.environment
    ).end(within: .seconds(120))
    try #require(end.status == 0, "\(end.errors)")
    #expect(try foundationSymbols(of: "\(folder.path)/with").isEmpty == false)
  }
}
