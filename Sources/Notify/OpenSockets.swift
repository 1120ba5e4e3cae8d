/// The sockets that libcurl has opened for one handle.
final class OpenSockets {
  private var opened: [OpenSocket] = []

  func add(_ socket: Int32) {
    if let socket = OpenSocket(socket) { opened.append(socket) }
  }

  /// After QUIT libcurl waits up to two minutes for the answer, whatever its time limit. The answer is not needed: with
  /// the receiving direction shut down libcurl sends QUIT and returns.
  func stopReading() { for socket in opened { socket.stopReading() } }
}
