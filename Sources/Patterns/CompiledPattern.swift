internal import CPCRE2

/// A compiled pattern, freed with its last user.
///
/// Unchecked: after `init` neither the code nor the context is written again, and PCRE2 allows
/// threads to share both; what a search writes is made for that search.
final class CompiledPattern: @unchecked Sendable {
  /// Backtracking steps of one start position. With subjects of at most 4096 bytes the worst search
  /// ends within about a second, while ordinary patterns need a few hundred.
  private static let matchLimit: UInt32 = 25_000
  private static let depthLimit: UInt32 = 10_000
  private static let heapKilobytes: UInt32 = 4096

  private let code: OpaquePointer
  private let context: OpaquePointer

  init(_ text: String, _ options: Pattern.Options) throws(PatternError) {
    guard let compiling = pcre2_compile_context_create_8(nil) else { fatalError("out of memory") }
    defer { pcre2_compile_context_free_8(compiling) }
    pcre2_set_max_pattern_length_8(compiling, Pattern.mostPatternBytes)
    // UTF stays off also when the pattern asks for it: subjects are bytes.
    var flags = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP
    if options.contains(.anchored) { flags |= PCRE2_ANCHORED }
    if options.contains(.whole) { flags |= PCRE2_ANCHORED | PCRE2_ENDANCHORED }
    if options.contains(.caseless) { flags |= PCRE2_CASELESS }
    var failure: Int32 = 0
    var offset = 0
    var copy = text
    let compiled = copy.withUTF8 {
      pcre2_compile_8($0.baseAddress, $0.count, flags, &failure, &offset, compiling)
    }
    guard let compiled else {
      throw PatternError(pattern: text, offset: offset, message: pcreMessage(failure))
    }
    guard let context = pcre2_match_context_create_8(nil) else { fatalError("out of memory") }
    pcre2_set_match_limit_8(context, Self.matchLimit)
    pcre2_set_depth_limit_8(context, Self.depthLimit)
    pcre2_set_heap_limit_8(context, Self.heapKilobytes)
    code = compiled
    self.context = context
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// PCRE2's return value: not negative when found.
  func run(_ subject: Span<UInt8>) -> Int32 {
    // Room for one match: groups are never asked for.
    guard let found = pcre2_match_data_create_8(1, nil) else { return PCRE2_ERROR_NOMEMORY }
    defer { pcre2_match_data_free_8(found) }
    return subject.withUnsafeBufferPointer { bytes in
      pcre2_match_8(code, bytes.baseAddress, bytes.count, 0, 0, found, context)
    }
  }
}

/// What PCRE2 calls this error.
func pcreMessage(_ code: Int32) -> String {
  var buffer = [UInt8](repeating: 0, count: 256)
  let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
  return length < 0 ? "error \(code)" : String(decoding: buffer.prefix(Int(length)), as: UTF8.self)
}
