internal import EventLoop
package import PluginKit
package import Settings

/// What `apus-node check` asks of the services.
extension ServiceList {
  /// A service as it was found.
  package struct Entry {
    package var name: String
    package var settings: ServiceSettings
    /// The program that answers; `nil` when a built-in plugin does.
    package var file: String?
    /// The built-in plugin that answers, or that has the name of the one of munin's that does.
    package var plugin: BuiltIn?
    package var verdict: StockVerdict
    /// Whether masters are shown it.
    package var isListed: Bool
  }

  /// All services in byte order.
  package var entries: [Entry] {
    all.map { service in
      var entry = Entry(
        name: service.name, settings: service.settings, verdict: stockVerdict(on: service.name),
        isListed: service.knowledge != .dropped)
      switch service.source {
      case .builtIn(let plugin, _): entry.plugin = plugin
      case .outside(let path):
        entry.file = path
        entry.plugin = plugin(behind: service.name)
      }
      return entry
    }
  }

  /// A service's answer as a master gets it, and what the log would say about it.
  package func tryOut(
    _ name: String, _ question: PluginQuestion
  ) async -> (text: String, complaint: String?)? {
    guard let service = self[name] else { return nil }
    let answer = await answer(
      of: service, question, for: Caller(address: "", capabilities: Capabilities()))
    // Also why some of the values are unknown.
    guard case .error(let error) = answer.health else { return (answer.reply.text, nil) }
    return (answer.reply.text, error)
  }
}
