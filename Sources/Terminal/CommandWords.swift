internal import CLinux

/// The words that this process was started with.
///
/// Not `CommandLine.arguments`, which reads /proc/self/cmdline: in a chroot without /proc it is empty, and a program
/// that was asked for its version would start as a daemon.
public enum CommandWords {
  /// What the program was called: the last part of argv[0], empty when there is none.
  public static var programName: String {
    clinux_argument(0).map { String(cString: $0) }?.split(separator: "/").last.map(String.init)
      ?? ""
  }

  /// The words after the program's name.
  public static var arguments: [String] {
    let count = clinux_argument_count()
    guard count > 1 else { return [] }
    return (1..<count).compactMap { clinux_argument($0).map { String(cString: $0) } }
  }
}
