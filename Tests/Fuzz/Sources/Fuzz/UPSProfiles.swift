@testable import Plugins

/// What may stand in the file that keeps a UPS's profile; what is read is written as it was read.
func feedUPSProfile(_ input: [UInt8]) {
  guard let text = String(validating: input, as: UTF8.self),
    let profile = try? UPSProfile(text: text, of: "snmp ups1 - ")
  else { return }
  let written = profile.text(of: "snmp ups1 - ")
  demand(
    (try? UPSProfile(text: written, of: "snmp ups1 - ")) == profile, "a profile is read as another")
}

/// What a device may send as a text.
func feedUPSText(_ input: [UInt8]) {
  guard let text = UPSText.cleaned(input) else { return }
  demand(UPSText.isClean(text), "a text with control characters")
}
