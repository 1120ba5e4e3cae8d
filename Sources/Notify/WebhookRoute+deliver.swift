internal import Incidents

/// Delivery to a contact's webhook: one request for each message.
extension WebhookRoute {
  /// Makes the request once; a status 2xx means that the server has taken the message.
  /// - Returns: the server and its answer.
  func deliver(
    _ notification: Notification, _ part: Part, _ surroundings: AlertSurroundings, at time: Int
  ) async throws(DeliveryFailure) -> String {
    let server = WebCall.server(of: address)
    if let obstacle { throw DeliveryFailure(.server, "\(server): not sent: \(obstacle)") }
    guard let call = call(about: notification, part, surroundings, at: time) else {
      return "nobody: the template that it was for is gone"
    }
    switch await call.outcome() {
    case .cancelled: throw DeliveryFailure(.server, "\(server): cancelled")
    case .failed(let words, let isTimeout):
      throw DeliveryFailure(.server, isTimeout: isTimeout, "\(server): \(words)")
    case .answered(let answer):
      let words = "\(server): \(call.hidingPath(in: answer.words))"
      switch answer.status {
      case 200..<300: return words
      // What is wrong with this message stays wrong.
      case 400, 413, 414, 415, 422: throw DeliveryFailure(.mail, isPermanent: true, words)
      case 300..<400: throw DeliveryFailure(.server, "\(words) (redirects are not followed)")
      // All else passes, or concerns every message and is mended by the operator: a wrong address, a key that has ended.
      default: throw DeliveryFailure(.server, words)
      }
    }
  }
}
