import CLinux
import TestSupport
import Testing

/// The small blocks that libevent gets, on the loop's thread as it asks for them.
struct SlotTests {
  @Test func smallBlocksLieApartAndAreUsedAgain() async throws {
    try await onTestLoop {
      let blocks = (0..<300).map { _ in UInt(bitPattern: clinux_slot_malloc(16)) }
      // The slots are contiguous, so they keep no page of other blocks.
      #expect(blocks.max()! - blocks.min()! < 16 * 65536)
      #expect(Set(blocks).count == 300)
      #expect(blocks.allSatisfy { $0 % 16 == 0 })
      clinux_slot_free(UnsafeMutableRawPointer(bitPattern: blocks[7]))
      let again = clinux_slot_malloc(3)
      #expect(UInt(bitPattern: again) == blocks[7])
      for block in blocks { clinux_slot_free(UnsafeMutableRawPointer(bitPattern: block)) }
    }
  }

  @Test func aBlockThatGrowsKeepsItsBytes() async throws {
    try await onTestLoop {
      let small = clinux_slot_realloc(nil, 16)!
      let written = UnsafeMutableRawBufferPointer(start: small, count: 16)
      written.copyBytes(from: 0..<16)
      #expect(clinux_slot_realloc(small, 8) == small)
      var block = clinux_slot_realloc(small, 100)!
      #expect(block != small)
      block = clinux_slot_realloc(block, 100_000)!
      for index in 0..<16 { #expect(block.load(fromByteOffset: index, as: UInt8.self) == index) }
      clinux_slot_free(block)
    }
  }
}
