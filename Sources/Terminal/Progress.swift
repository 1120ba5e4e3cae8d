internal import Glibc

/// One line on stderr that says how far long work has come. Where stderr is not a terminal nothing is written.
public struct Progress: ~Copyable {
  private let what: String
  private let noun: String
  private let total: Int
  private let descriptor: Int32
  private let isShown: Bool
  private let began = seconds()
  private var done = 0
  private var drawn = -Double.infinity
  private var isVisible = false

  /// - Parameters:
  ///   - what: the work, `checking`.
  ///   - noun: what is counted, in the plural: `files`.
  public init(_ what: String, of total: Int, _ noun: String, descriptor: Int32 = 2) {
    self.what = what
    self.noun = noun
    self.total = total
    self.descriptor = descriptor
    isShown = isatty(descriptor) == 1
  }

  deinit { if isVisible { Progress.write("\r\u{1B}[K", descriptor) } }

  /// One more is done. The line is written at most ten times in a second.
  public mutating func advance() {
    done += 1
    guard isShown else { return }
    let now = seconds()
    guard now - drawn >= 0.1 else { return }
    drawn = now
    isVisible = true
    let text = Progress.text(what, done, of: total, noun, after: now - began)
    Progress.write("\r\(text)\u{1B}[K", descriptor)
  }

  /// Takes the line away, before something else is written to the terminal.
  public mutating func clear() {
    guard isVisible else { return }
    Progress.write("\r\u{1B}[K", descriptor)
    isVisible = false
    drawn = -.infinity
  }

  /// The line: `checking: 12000 of 40000 files (30 %), 4 s left`.
  static func text(
    _ what: String, _ done: Int, of total: Int, _ noun: String, after seconds: Double
  ) -> String {
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
    var text = "\(what): \(done) of \(total) \(noun) (\(Int(share * 100)) %)"
    // A second says too little about the rest.
    if seconds >= 1, share > 0 {
      let left = Int((seconds / share - seconds).rounded(.up))
      text += left < 120 ? ", \(left) s left" : ", \(left / 60) min left"
    }
    return text
  }

  private static func write(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }
}

/// Of a clock that nobody sets.
private func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
