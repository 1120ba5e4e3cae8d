/// The buffer that all receivers of the loop read into. One is enough: no receiver uses it over an `await`.
@LoopActor
let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

/// The first bytes of ``scratch``.
@LoopActor
func scratched(_ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(
    rebasing: UnsafeRawBufferPointer(scratch).bindMemory(to: UInt8.self)[..<count])
}
