/// The HTML part of an alert: readable on a phone, in light and dark, without any address but those of the collector's own pages.
///
/// Colours stand only on the bars and buttons, everything else is the reader's own: so it follows a dark theme by itself. The state
/// is in words, never in a colour alone.
struct MailHTML: Sendable, Hashable {
  private(set) var text = ""

  /// Mail readers clip what is longer than 102 kB.
  private static let sizeLimit = 85_000

  /// - Parameter pictures: the Content-ID of the picture of each section that has one.
  init(_ words: AlertWords, pictures: [Int: String]) {
    text = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="supported-color-schemes" content="light dark">
      <title>\(Self.escaped(words.subject))</title>
      <style>:root { color-scheme: light dark; supported-color-schemes: light dark }</style>
      </head>
      <body style="margin:0;padding:0;font:16px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
      <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
      <tr><td align="center" style="padding:8px">
      <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
      style="max-width:600px;text-align:left">

      """
    if let banner = words.banner { append(banner) }
    for line in words.opening { row(Self.escaped(line), "padding:8px 0") }
    for (index, section) in words.sections.enumerated() {
      guard text.utf8.count < Self.sizeLimit else {
        row(
          "The other \(words.sections.count - index) incidents stand in the text part of this mail.",
          "padding:8px 0")
        break
      }
      append(section, picture: pictures[index])
    }
    appendList(words.rest)
    for list in words.lists { append(list) }
    for line in words.closing {
      row(Self.escaped(line), "padding:8px 0;font-size:13px;opacity:.75")
    }
    if let page = words.page { button("Open the pages", page, .unknown) }
    text += "</table>\n</td></tr></table>\n</body></html>\n"
  }

  private mutating func append(_ section: AlertSection, picture: String?) {
    let state = section.facts.first?.state ?? .ok
    let colours = state.colours
    row(
      Self.escaped(section.bar),
      "background:\(colours.bar);color:\(colours.words);font-weight:bold;padding:8px 12px;"
        + "border-radius:6px 6px 0 0")
    text += "<tr><td style=\"padding:12px;border:1px solid \(colours.bar);border-top:0\">\n"
    for (index, fact) in section.facts.enumerated() {
      let level = index > 0 && fact.state != state ? "\(fact.state.word): " : ""
      let element = index == 0 ? "h1" : "p"
      let size = index == 0 ? 20 : 17
      text +=
        "<\(element) style=\"font-size:\(size)px;line-height:1.3;margin:\(index == 0 ? 0 : 12)px 0 4px;"
        + "font-weight:bold;overflow-wrap:anywhere\">\(level)\(Self.escaped(fact.text))</\(element)>\n"
      if index == 0 { paragraph(Self.escaped(section.heading)) }
      for line in fact.lines { paragraph(Self.escaped(line)) }
    }
    for note in section.notes { paragraph(Self.escaped(note)) }
    if let picture {
      let name = Self.escaped("\(section.heading): \(section.facts.first?.text ?? "")")
      text +=
        "<img src=\"cid:\(Self.escaped(picture))\" alt=\"\(name)\" width=\"576\" "
        + "style=\"display:block;width:100%;height:auto;margin:12px 0;border:0\">\n"
    }
    if let about = section.about { paragraph("<b>About it:</b> \(Self.escaped(about))") }
    text += "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\">\n"
    if let page = section.page { button("Open the page", page, state) }
    if let link = section.silenceLink { button("Acknowledge or silence", link, nil) }
    text += "</table>\n"
    if let commands = section.commands {
      paragraph("<span style=\"font-size:13px;opacity:.75\">\(Self.escaped(commands))</span>")
    }
    if let end = section.end {
      paragraph("<span style=\"font-size:13px;opacity:.75\">\(Self.escaped(end))</span>")
    }
    text += "</td></tr>\n<tr><td style=\"padding:8px\"></td></tr>\n"
  }

  private mutating func append(_ banner: AlertWords.Banner) {
    let colours = banner.state.colours
    row(
      "<h1 style=\"font-size:20px;line-height:1.3;margin:0\">\(Self.escaped(banner.text))</h1>",
      "background:\(colours.bar);color:\(colours.words);padding:10px 12px;border-radius:6px;"
        + "overflow-wrap:anywhere")
  }

  private mutating func append(_ list: AlertList) {
    guard text.utf8.count < Self.sizeLimit else { return }
    row(
      "<h2 style=\"font-size:17px;line-height:1.3;margin:8px 0 0\">\(Self.escaped(list.heading))</h2>",
      "padding:8px 0 0;border-bottom:1px solid #78909C")
    appendList(list.lines)
  }

  private mutating func appendList(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    var items = ""
    for line in lines {
      guard text.utf8.count + items.utf8.count < Self.sizeLimit else { break }
      items += "<li style=\"margin:4px 0;overflow-wrap:anywhere\">\(Self.escaped(line))</li>\n"
    }
    row("<ul style=\"margin:0;padding-left:20px\">\n\(items)</ul>", "padding:8px 0")
  }

  private mutating func row(_ content: String, _ style: String) {
    text += "<tr><td style=\"\(style)\">\(content)</td></tr>\n"
  }

  private mutating func paragraph(_ content: String) {
    text += "<p style=\"margin:4px 0;overflow-wrap:anywhere\">\(content)</p>\n"
  }

  /// A link as tall as a finger; without a state only its border has a colour.
  private mutating func button(_ words: String, _ address: String, _ state: AlertState?) {
    let colours = state?.colours
    let filling = colours.map { "background:\($0.bar);color:\($0.words);" } ?? "color:inherit;"
    row(
      "<a href=\"\(Self.escaped(address))\" style=\"display:block;\(filling)line-height:44px;"
        + "min-height:44px;text-align:center;text-decoration:none;font-weight:bold;"
        + "border:1px solid \(colours?.bar ?? "#78909C");border-radius:6px\">\(words)</a>",
      "padding:6px 0")
  }

  private static func escaped(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): result += "&amp;".utf8
      case UInt8(ascii: "<"): result += "&lt;".utf8
      case UInt8(ascii: ">"): result += "&gt;".utf8
      case UInt8(ascii: "\""): result += "&quot;".utf8
      case UInt8(ascii: "'"): result += "&#39;".utf8
      default: result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
