import Foundation

/// A mail server of aiosmtpd that keeps mails as files.
final class MailSink {
  let port: Int
  private let scratch: Scratch
  private let program: RunningProgram

  init(in scratch: Scratch, port: Int = 0, _ behaviour: String = "accept") async throws {
    self.scratch = scratch
    program = try RunningProgram(
      Project.peer("smtp-sink"), ["\(scratch.path)/sink", "\(port)", behaviour], in: scratch)
    self.port = try await program.port()
  }

  /// From now on it does `accept`, `refuse`, `defer`, `hang` or `drop-after-data`.
  func becomes(_ behaviour: String) throws { try scratch.write(behaviour, to: "sink/behaviour") }

  /// What has arrived, in order.
  var mails: [Mail] {
    scratch.files(below: "sink", ending: ".eml").map { Mail(scratch.read("sink/\($0)")) }
  }

  /// The number of the connection that a mail came by.
  /// - Parameter index: of a mail in ``mails``.
  func connection(_ index: Int) -> Substring? {
    let name = scratch.files(below: "sink", ending: ".envelope")[index]
    return scratch.read("sink/\(name)").firstMatch(of: /connection (\d+)/)?.1
  }

  struct Mail {
    let text: String

    init(_ text: String) { self.text = text.replacing("\r\n", with: "\n") }

    /// A header's value, folded lines joined.
    func header(_ name: String) -> String? {
      let head = text.split(separator: "\n\n", maxSplits: 1).first ?? ""
      return head.replacing(/\n[ \t]+/, with: " ").split(separator: "\n")
        .first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
        .map { String($0.dropFirst(name.count + 2)) }
    }

    var id: String? { header("Message-ID") }
    var subject: String { header("Subject") ?? "" }
  }
}
