import Foundation
import Incidents
import TestSupport
import Testing

@testable import Notify

/// A contact's webhook against servers that take messages, and others.
@Suite struct WebhookTests {
  private let sink: WebSink

  init() throws {
    startTestLoop()
    sink = try WebSink()
  }

  /// - Parameter name: makes the path of this test's requests unlike that of others.
  private func route(_ name: String, _ path: String = "ok") -> WebhookRoute {
    WebhookRoute(address: sink.url("\(name)/\(path)"))
  }

  private func requests(_ name: String) -> [WebSink.Request] {
    sink.requests.filter { $0.path.hasPrefix("/\(name)/") }
  }

  private func send(
    _ route: WebhookRoute, _ notification: Incidents.Notification = MailExamples.critical,
    _ part: WebhookRoute.Part = .whole
  ) async throws(DeliveryFailure) -> String {
    try await route.deliver(notification, part, MailExamples.surroundings, at: 1_764_600_000)
  }

  @Test func withoutATemplateTheFactsArePostedAsJSON() async throws {
    let words = try await send(route("json"))
    #expect(words == "http://127.0.0.1:\(sink.port): status 200: taken")
    let request = try #require(requests("json").first)
    #expect(request.method == "POST" && request.headers["content-type"] == "application/json")
    #expect(request.headers["x-apus-message-id"] == "412.admin.1")
    #expect(request.headers["user-agent"] == "apus-collector")
    let json = try #require(request.json)
    #expect(json["subject"] as? String == "[CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB")
    #expect(json["level"] as? String == "critical" && json["kind"] as? String == "change")
    let incident = try #require((json["incidents"] as? [[String: Any]])?.first)
    #expect(incident["node"] as? String == "web1" && incident["incident"] as? Int == 412)
    #expect(incident["page"] as? String == "https://munin.example.com/g/web1/memory")
    let value = try #require((incident["values"] as? [[String: Any]])?.first)
    #expect(value["value"] as? Double == 0.8 * MailExamples.mebi)
  }

  /// Every example, and labels that are not meant well.
  @Test func whateverIsToldIsJSON() throws {
    let damaged = AlertMailTests.hostileTexts.map {
      hostile(MailExamples.several, $0)
    }
    let template = try MuninTemplate(
      #"{"t":"${var:subject}\n${strtrunc:9 ${loop<,>:fields ${var:label}}}","p":["${var:message}"]}"#,
      for: .json)
    for notification in MailExamples.all.map(\.1) + damaged {
      let words = AlertWords(notification, MailExamples.surroundings)
      let json = AlertJSON(notification, words, MailExamples.surroundings).bytes
      let object = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
      #expect(object?["subject"] as? String == words.subject)
      for graph in AlertVariables.all(of: notification) {
        let values = graph.values(notification, MailExamples.surroundings)
        let text = Data(template.expand(in: values).utf8)
        let filled = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        #expect((filled?["t"] as? String)?.contains("\n") == true)
      }
    }
  }

  @Test func aTemplateIsFilledInForEachGraph() async throws {
    var route = route("slack")
    route.text = try MuninTemplate(
      #"{"text":"${var:subject}\n<${var:page}>"}"#, for: WebhookRoute.purpose(of: route.type))
    _ = try await send(route, MailExamples.critical, .graph(0))
    let request = try #require(requests("slack").first)
    #expect(
      request.json?["text"] as? String
        == "[CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB\n<https://munin.example.com/g/web1/memory>"
    )
    #expect(request.headers["x-apus-message-id"] == "412.admin.1.0")
    // A graph that the notification does not have needs no request.
    let words = try await send(route, MailExamples.critical, .graph(7))
    #expect(words.hasPrefix("nobody") && requests("slack").count == 1)
  }

  @Test func headersAreTemplatesAndStayOneLine() async throws {
    var route = route("ntfy")
    route.type = "text/plain"
    route.text = try MuninTemplate("${var:message}")
    route.headers = [
      .init(name: "Title", value: try MuninTemplate("${var:subject}")),
      .init(name: "Priority", value: try MuninTemplate("${if:cfields 5}${if:!cfields 3}")),
      .init(name: "X-Label", value: try MuninTemplate("${loop<,>:fields ${var:label}}")),
      .init(name: "X-Empty", value: try MuninTemplate("${var:nothing}")),
    ]
    let damaged = hostile(MailExamples.critical, "x\r\nX-Evil: 1\r\n\r\nbody")
    _ = try await send(route, damaged, .graph(0))
    let request = try #require(requests("ntfy").first)
    #expect(request.headers["priority"] == "5" && request.headers["content-type"] == "text/plain")
    #expect(request.headers["x-label"] == "x X-Evil: 1 body")
    #expect(request.headers["x-evil"] == nil && request.headers["x-empty"] == nil)
    #expect(request.body.contains("CRITICAL"))
  }

  @Test func theSignatureIsOverTimeAndBody() async throws {
    var route = route("signed")
    route.key = Array("secret".utf8)
    _ = try await send(route)
    let request = try #require(requests("signed").first)
    let folder = try TemporaryFolder()
    let body = try folder.write("body", "1764600000." + request.body)
    // By somebody else's HMAC.
    let script = """
      import hmac, sys
      print(hmac.new(b"secret", open(sys.argv[1], "rb").read(), "sha256").hexdigest(), file=sys.stderr)
      """
    let end = try RunningProgram("/usr/bin/env", ["python3", "-c", script, body]).end()
    let hash = end.errors.trimmingCharacters(in: .newlines)
    #expect(hash.count == 64)
    #expect(request.headers["x-apus-signature"] == "t=1764600000,sha256=\(hash)")
    route.obstacle = "no file"
    await #expect(throws: DeliveryFailure.self) { try await send(route) }
    #expect(requests("signed").count == 1)
  }

  /// What the server does, whether it is tried again, whom it concerns, and what is told.
  @Test(
    arguments: [
      ("status-400", true, .mail, "status 400: no /…"),
      ("status-404", false, .server, "status 404: no /… here"),
      ("status-401", false, .server, "status 401"), ("status-429", false, .server, "status 429"),
      ("status-500", false, .server, "status 500"), ("status-503", false, .server, "status 503"),
      ("redirect", false, .server, "status 302: moved (redirects are not followed)"),
      ("close", false, .server, ""), ("garbage", false, .server, ""),
      ("hang", false, .server, "no answer within 1 s"),
    ] as [(String, Bool, DeliveryFailure.Scope, String)])
  func aServerThatDoesNotTakeItIsNamed(
    path: String, isPermanent: Bool, scope: DeliveryFailure.Scope, words: String
  ) async throws {
    var route = route("refused-\(path)/token-T0K3N", path)
    if path == "hang" { route.timeout = .seconds(1) }
    let failure = await #expect(throws: DeliveryFailure.self) { try await send(route) }
    #expect(failure?.isPermanent == isPermanent && failure?.scope == scope)
    let text = failure?.description ?? ""
    #expect(text.hasPrefix("http://127.0.0.1:\(sink.port): \(words)"), "\(text)")
    #expect(!text.contains("T0K3N") && !text.contains("\u{202e}") && text.count < 300)
    // The redirect was not followed, and nothing is repeated within an attempt.
    #expect(requests("refused-\(path)").count == 1)
  }

  @Test(arguments: ["late-body", "endless-body", "endless-headers"])
  func theStatusDecidesWhateverFollowsIt(path: String) async throws {
    var route = route("decided", path)
    route.timeout = .seconds(2)
    #expect(try await send(route).contains("status 200"))
  }

  @Test func aServerThatIsNotThereIsNamed() async throws {
    let listener = try ScriptedServer()
    listener.stop()
    let route = WebhookRoute(address: "http://user:pass@127.0.0.1:\(listener.port)/secret")
    let failure = await #expect(throws: DeliveryFailure.self) { try await send(route) }
    let text = failure?.description ?? ""
    #expect(text.hasPrefix("http://127.0.0.1:\(listener.port): "), "\(text)")
    #expect(!text.contains("pass") && !text.contains("secret"))
  }

  @Test func aCancelledRequestEnds() async throws {
    let route = route("cancelled", "hang")
    let task = Task { try await send(route) }
    #expect(await comesTrue { requests("cancelled").count == 1 })
    task.cancel()
    let result = await task.result
    #expect(throws: DeliveryFailure.self) { try result.get() }
  }

  @Test func certificatesAreVerified() async throws {
    let folder = try TemporaryFolder()
    for (name, host) in [("right", "IP:127.0.0.1"), ("other", "DNS:www.example.com")] {
      try makeCertificate("\(folder.path)/\(name)", for: host)
    }
    for (served, trusted, isRight) in [
      ("right", "right", true), ("right", "other", false), ("other", "other", false),
      ("right", nil, false),
    ] {
      let sink = try WebSink(certificate: "\(folder.path)/\(served)")
      var route = WebhookRoute(address: "https://127.0.0.1:\(sink.port)/ok")
      route.certificates = trusted.map { "\(folder.path)/\($0).pem" }
      if isRight {
        #expect(try await send(route) == "https://127.0.0.1:\(sink.port): status 200: taken")
      } else {
        let failure = await #expect(throws: DeliveryFailure.self) { try await send(route) }
        #expect(
          failure?.description.contains("certificate") == true, "\(String(describing: failure))")
        #expect(sink.requests.isEmpty)
      }
    }
  }
}
