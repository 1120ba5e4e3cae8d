@testable import Node

/// What an outside plugin printed, on its way to the master.
func feedPluginOutput(_ input: [UInt8]) {
  let sent = cleanedLines(of: input)
  demand(sent.isEmpty || sent.last == 0x0A, "the last line has no end")
  demand(!sent.contains(0x0D), "a CR is sent")
  let lines = sent.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
  demand(!lines.contains { $0.isEmpty }, "an empty line is sent")
  demand(!lines.contains { $0.elementsEqual([0x2E]) }, "a line of a dot ends the reply early")
  demand(cleanedLines(of: sent) == sent, "cleaning twice is not cleaning once")
  // Nothing else is lost, and nothing invented.
  let expected = input.split { $0 == 0x0A || $0 == 0x0D }.filter { !$0.elementsEqual([0x2E]) }
  demand(lines.elementsEqual(expected, by: { $0.elementsEqual($1) }), "lines are not as printed")

  let traits = ConfigTraits(sent.span)
  demand(traits.isEmpty == sent.isEmpty, "empty or not")
  demand(ConfigTraits((sent + Array(".\n".utf8)).span).isMultigraph == traits.isMultigraph, "dot")
  if let host = traits.hostName { demand(!host.isEmpty, "a host without a name") }
}
