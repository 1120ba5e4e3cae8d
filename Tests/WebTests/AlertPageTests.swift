import Collector
import EventLoop
import HTTP
import Limits
import RRD
import TestSupport
import Testing

@testable import Web

/// The page of a signed link: what it shows, and what its form orders.
@Suite(.timeLimit(.minutes(1))) struct AlertPageTests {
  /// One right link, and what was ordered by it.
  @LoopActor private final class Desk: AlertDesk {
    var view: AlertView
    private(set) var orders: [AlertPageOrder] = []
    private(set) var looks: [Int?] = []
    var receipt: AlertReceipt?

    nonisolated init(_ view: AlertView) { self.view = view }

    func look(_ field: (String) -> String?, after order: Int?) async -> AlertAccess {
      guard field("s") == "right" else { return .refused("This link is not valid.") }
      looks.append(order)
      return .granted(view)
    }

    func give(_ order: AlertPageOrder, _ field: (String) -> String?) async -> AlertReceipt {
      guard field("s") == "right" else { return .refused("This link is not valid.") }
      if let receipt { return receipt }
      orders.append(order)
      return .taken(7, query: "i=412&c=admin&x=1&s=right")
    }
  }

  private static let hostile = "<script>alert(1)</script>\"'&"

  private static var view: AlertView {
    var view = AlertView(
      incident: 412, contact: "admin", state: "CRITICAL", level: .critical, isOver: false,
      start: Sample.now - 7200,
      heading: "web01, load: Load average",
      facts: [
        .init(
          level: .critical, text: "load is 5.1, limit at most 5",
          lines: ["since 14:03:10, before that OK for 3 d"])
      ],
      fields: [("i", "412"), ("c", "admin"), ("x", "1"), ("s", "right")])
    view.groups = ["example.org"]
    view.node = "web01.example.org"
    view.graph = "load"
    view.target = "example.org;web01.example.org:load"
    return view
  }

  @LoopActor private func site(_ desk: Desk, publicPath: String = "") -> Site {
    Site(
      source: Sample().snapshot, grapher: RRDGrapher(),
      clock: LoopClock(standingAt: Sample.now), version: "1.0", publicPath: publicPath,
      alerts: desk)
  }

  @LoopActor private func get(_ desk: Desk, _ query: String = "i=412&c=admin&x=1&s=right")
    async throws -> (response: HTTPResponse, text: String)
  {
    try await page(site(desk), "/alert?\(query)")
  }

  @LoopActor private func post(_ desk: Desk, _ body: String) async throws -> HTTPResponse {
    let request = try #require(
      HTTPRequest("/alert", method: .post, body: Array(body.utf8)))
    return await site(desk).answer(request)
  }

  @Test func thePageShowsTheFactsAndItsButtons() async throws {
    try await onTestLoop {
      let (response, text) = try await get(Desk(Self.view))
      #expect(response.status == 200 && response.sendsForms)
      #expect(response.header("Cache-Control") == "no-store")
      for words in [
        "web01, load: Load average", "load is 5.1, limit at most 5",
        "since 14:03:10, before that OK for 3 d",
        "src=\"/example.org/web01.example.org/load-day.png\"",
        "href=\"/example.org/web01.example.org/load\"",
        "<form method=\"post\" action=\"alert\">",
        "<input type=\"hidden\" name=\"s\" value=\"right\">",
        "<input type=\"hidden\" name=\"action\" value=\"ack\">",
        "<input type=\"hidden\" name=\"action\" value=\"silence\">",
        "<option value=\"168\">7 d</option>",
        "trouble of example.org;web01.example.org:load for a while",
        "Incident 412 · sent to admin",
      ] { #expect(text.contains(words), "\(words)") }
      // A reload would empty what somebody writes.
      #expect(!text.contains("http-equiv=\"refresh\"") && !text.contains("<script"))
    }
  }

  @Test func aGroupHasALinkToItsPage() async throws {
    try await onTestLoop {
      var view = Self.view
      (view.node, view.graph, view.groups) = (nil, nil, ["lab", "rack 2"])
      let text = try await get(Desk(view)).text
      #expect(text.contains("<a href=\"/lab/rack%202/\">The page of lab;rack 2</a>"))
      #expect(!text.contains("<img"))
      view.groups = ["gone"]
      let gone = try await get(Desk(view)).text
      #expect(!gone.contains("The page of"))
    }
  }

  @Test(arguments: [
    (60, "hour"), (7200, "day"), (100_000, "week"), (1_000_000, "month"), (9_000_000, "year"),
  ])
  func thePictureShowsTheBeginning(age: Int, period: String) async throws {
    try await onTestLoop {
      var view = Self.view
      view.start = Sample.now - age
      let text = try await get(Desk(view)).text
      #expect(text.contains("/load-\(period).png\""))
    }
  }

  /// Mail scanners open links.
  @Test func openingALinkOrdersNothing() async throws {
    try await onTestLoop {
      let desk = Desk(Self.view)
      for query in ["", "&action=ack", "&action=silence&hours=2&why=x"] {
        #expect(try await get(desk, "i=412&c=admin&x=1&s=right\(query)").response.status == 200)
      }
      let head = await site(desk).answer(
        try #require(HTTPRequest("/alert?i=412&s=right&action=ack", method: .head)))
      #expect(head.status == 200 && desk.orders.isEmpty)
    }
  }

  @Test func whatIsOverHasNoButtons() async throws {
    try await onTestLoop {
      var view = Self.view
      (view.isOver, view.state, view.level) = (true, "RESOLVED after 14 min", .ok)
      let (_, text) = try await get(Desk(view))
      #expect(text.contains("RESOLVED after 14 min") && text.contains("Incident 412 is over"))
      #expect(!text.contains("<form"))
    }
  }

  @Test func whatWasOrderedIsShown() async throws {
    try await onTestLoop {
      var view = Self.view
      view.acknowledgement = ("ada", Sample.now, "new disk")
      view.silence = (Sample.now + 7200, "admin", "")
      view.receipt = "g is silenced until 16:05:00"
      let desk = Desk(view)
      let (_, text) = try await get(desk, "i=412&c=admin&x=1&s=right&o=7")
      #expect(desk.looks == [7])
      #expect(text.contains("Done: g is silenced until 16:05:00"))
      #expect(text.contains("ada has acknowledged it at ") && text.contains(": new disk"))
      #expect(text.contains("value=\"unsilence\"") && !text.contains("value=\"silence\""))
      desk.view.widerSilences = [("g;<web1>", Sample.now + 60, "bob", "rack")]
      let wider = try await get(desk).text
      #expect(wider.contains("<p>g;&lt;web1&gt; is silenced until <time "))
      #expect(wider.contains("</time> by bob: rack, and this with it.</p>"))
      // Without a target there is nothing to silence.
      desk.view.target = nil
      #expect(try await !get(desk).text.contains("value=\"unsilence\""))
    }
  }

  @Test func textFromOutsideStaysText() async throws {
    try await onTestLoop {
      var view = Self.view
      view.heading = Self.hostile
      view.facts = [.init(level: .critical, text: Self.hostile, lines: [Self.hostile])]
      view.notes = [Self.hostile]
      view.about = Self.hostile
      view.contact = Self.hostile
      view.target = Self.hostile
      view.fields = [("c", Self.hostile)]
      view.acknowledgement = (Self.hostile, 0, Self.hostile)
      view.silence = (1, Self.hostile, Self.hostile)
      view.receipt = Self.hostile
      view.node = Self.hostile
      let (_, text) = try await get(Desk(view))
      #expect(!text.contains("<script"))
      #expect(text.contains("value=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\""))
    }
  }

  @Test(arguments: [
    "", "i=412&c=admin&x=1", "i=412&c=admin&x=1&s=wrong", "i=412&c=admin&x=1&s=right&s=right",
    "i=412&c=admin&x=1&s=right&a=1&b=2&d=3&e=4&f=5",
  ])
  func aWrongLinkIsRefusedWithASentence(query: String) async throws {
    try await onTestLoop {
      let (response, text) = try await get(Desk(Self.view), query)
      #expect(response.status == (query.contains("s=right") ? 400 : 403))
      #expect(response.header("Content-Type") == "text/html; charset=utf-8")
      #expect(response.header("Cache-Control") == "no-store" && !response.sendsForms)
      let words = response.status == 403 ? "This link is not valid." : "expected each field once"
      #expect(text.contains("<h1>Nothing was done</h1>\n<p class=\"fact\">\(words)</p>"))
      let form = try await post(Desk(Self.view), query + "&action=ack")
      #expect(
        form.status == (query.contains("s=right&s") ? 400 : query.contains("right") ? 303 : 403))
    }
  }

  @Test(
    arguments: [
      ("action=ack", .acknowledge(why: "")),
      ("action=ack&why=on+my++way+%3Cb%3E+", .acknowledge(why: "on my way <b>")),
      ("action=silence&hours=2&why=new+disk", .silence(hours: 2, why: "new disk")),
      ("action=silence&hours=168", .silence(hours: 168, why: "")),
      ("action=unsilence&hours=x", .unsilence),
      ("action=silence", nil), ("action=silence&hours=0", nil), ("action=silence&hours=169", nil),
      ("action=silence&hours=-1", nil), ("action=silence&hours=2h", nil),
      ("action=silence&hours=99999999999999999999999999", nil), ("action=silence&hours=1e2", nil),
      ("", nil), ("action=", nil), ("action=restart", nil), ("action=ack&action=silence", nil),
      ("action=ack&why=a%0d%0ab", nil), ("action=ack&why=%00", nil), ("action=ack&why=%ff", nil),
      ("action=ack&why=%", nil), ("action=ack&why=a%E2%80%AEb", nil),
      ("action=ack&why=a%C2%85b", nil),
      ("action=ack&why=\(String(repeating: "x", count: 501))", nil),
      (
        "action=ack&why=\(String(repeating: "x", count: 500))",
        .acknowledge(why: String(repeating: "x", count: 500))
      ),
    ] as [(String, AlertPageOrder?)])
  func aFormOrdersWhatItSays(form: String, order: AlertPageOrder?) async throws {
    try await onTestLoop {
      let desk = Desk(Self.view)
      let response = try await post(desk, "i=412&c=admin&x=1&s=right&\(form)")
      #expect(desk.orders == (order.map { [$0] } ?? []))
      #expect(response.status == (order == nil ? 400 : 303))
      #expect(
        response.header("Location")
          == (order == nil ? nil : "alert?i=412&c=admin&x=1&s=right&o=7"))
    }
  }

  @Test func whatCannotBeOrderedIsTold() async throws {
    try await onTestLoop {
      let desk = Desk(Self.view)
      for (receipt, status) in [
        (AlertReceipt.refused("a"), 403), (.impossible("b"), 400), (.tooMany("c"), 429),
        (.failed("d"), 503),
      ] {
        desk.receipt = receipt
        let response = try await post(desk, "s=right&action=ack")
        #expect(response.status == status)
      }
    }
  }

  @Test func withoutADeskThereIsNoPage() async throws {
    try await onTestLoop {
      let site = Sample().site()
      #expect(try await page(site, "/alert?s=right").response.status == 404)
      let form = try #require(HTTPRequest("/alert", method: .post))
      #expect(await site.answer(form).status == 404)
      // No other page takes a form, whatever the server passes on.
      let other = try #require(HTTPRequest("/", method: .post))
      #expect(await site.answer(other).status == 404)
    }
  }
}
