internal import Glibc

/// A `char **` as librrd's command-line functions want it, freed when its owner lets go.
///
/// They may reorder the pointers, so each string is remembered twice.
struct CArguments: ~Copyable {
  private let strings: [UnsafeMutablePointer<CChar>?]
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

  init(_ arguments: [String]) {
    strings = arguments.map { strdup($0) }
    pointers = .allocate(capacity: arguments.count + 1)
    _ = pointers.initialize(from: strings + [nil])
  }

  deinit {
    for string in strings { free(string) }
    pointers.deallocate()
  }

  var count: Int32 { Int32(strings.count) }

  var baseAddress: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { pointers.baseAddress! }

  /// The same for functions that promise not to change the strings.
  func withConstants<Result>(
    _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    pointers.baseAddress!.withMemoryRebound(
      to: UnsafePointer<CChar>?.self, capacity: pointers.count, body)
  }
}
