/// This machine's full name, as mail servers want it in EHLO and Message-ID, without asking any name server.
public enum FullHostName {
  /// - Parameters:
  ///   - name: what the kernel calls the machine.
  ///   - hosts: the text of `/etc/hosts`, where the first name of the machine's line is its full one.
  ///   - resolver: the text of `/etc/resolv.conf`, whose `domain` or first `search` follows the short name else.
  /// - Returns: `name` itself where nothing is found.
  public static func find(_ name: String, hosts: String, resolver: String) -> String {
    if name.utf8.contains(UInt8(ascii: ".")) || name.isEmpty { return name }
    for line in lines(of: hosts) where line.dropFirst().contains(Substring(name)) {
      if let full = line.dropFirst().first(where: { $0.hasPrefix("\(name).") }) {
        return String(full)
      }
    }
    for line in lines(of: resolver) where line[0] == "domain" || line[0] == "search" {
      if line.count > 1, let domain = line.dropFirst().first(where: { $0 != "." }) {
        return "\(name).\(domain.hasSuffix(".") ? domain.dropLast() : domain)"
      }
    }
    return name
  }

  private static func lines(of text: String) -> [[Substring]] {
    text.split(whereSeparator: \.isNewline).prefix(10_000).map { line in
      line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
    }.filter { !$0.isEmpty }
  }
}
