import HTTP
import RRD
import TestSupport
import Testing

@testable import Collector
@testable import Web

/// Pages behind a proxy that shows them below a path: `web_url https://example.com/munin`.
@Suite struct PublicPathTests {
  private static let pages = [
    "/", "/example.org/", "/example.org/web01.example.org/", "/example.org/web01.example.org/load",
    "/example.org/web01.example.org/disk/", "/lab/rack%202/probe/",
  ]

  @Test func noLinkLeavesThePath() async throws {
    try await onTestLoop {
      let site = Sample().site(publicPath: "/ops/munin")
      for target in Self.pages {
        let found = await site.answer(try #require(HTTPRequest("/ops/munin" + target)))
        if found.status == 301 || found.status == 302 || found.status == 308 {
          #expect(found.header("Location")?.hasPrefix("/ops/munin/") == true, "\(target)")
          continue
        }
        let text = try await page(site, "/ops/munin" + target).text
        let links = text.matches(of: /(?:href|src|action)="([^"#][^"]*)"/).map(\.1)
        #expect(links.count > 3, "\(target)")
        for link in links { #expect(link.hasPrefix("/ops/munin/"), "\(target): \(link)") }
        // Each leads to a page.
        for link in links where !link.contains(".png") {
          let address = String(link.prefix { $0 != "#" })
          let response = await site.answer(try #require(HTTPRequest(address)))
          #expect(response.status == 200, "\(target): \(link)")
        }
      }
    }
  }

  /// The proxy passes the path on, or removes it.
  @Test func pagesAreThereWithThePathAndWithoutIt() async throws {
    try await onTestLoop {
      let site = Sample().site(publicPath: "/ops/munin")
      for target in Self.pages + ["/style.css", "/nodes.json", "/healthz", "/nothing", "/lab"] {
        let plain = await site.answer(try #require(HTTPRequest(target)))
        let below = await site.answer(try #require(HTTPRequest("/ops/munin" + target)))
        #expect(plain.status == below.status && plain.body == below.body, "\(target)")
        #expect(plain.header("Location") == below.header("Location"), "\(target)")
      }
      let bare = try await page(site, "/ops/munin")
      #expect(bare.response.status == 200 && bare.text.contains("<title>✖ Overview · Apus</title>"))
      for target in ["/ops/", "/ops/other/", "/ops/muninx/", "/munin/"] {
        let response = await site.answer(try #require(HTTPRequest(target)))
        #expect(response.status == 404, "\(target)")
      }
    }
  }

  /// Behind a proxy that removes the path, a group of its name has its nodes.
  @Test func aGroupMayHaveItsName() async throws {
    try await onTestLoop {
      let site = Sample().site(publicPath: "/lab")
      let node = try await page(site, "/lab/rack%202/probe/")
      #expect(node.response.status == 200 && node.text.contains("href=\"/lab/lab/rack%202/\""))
      #expect(try await page(site, "/lab/lab/rack%202/probe/").text == node.text)
      #expect(try await page(site, "/lab/").text.contains("Overview · Apus"))
    }
  }

  @Test(arguments: ["", "/", "//evil", "/a/../b", "munin"])
  func whateverIsNoPathCountsAsNone(path: String) throws {
    let prefix = PagePrefix(path)
    #expect(prefix.text == "")
    #expect(prefix.removed(from: try #require(HTTPRequest("/a/b"))) == nil)
  }

  @Test func theFormIsTakenBelowThePath() {
    #expect(Site.forms(publicPath: "/ops/munin") == ["alert", "ops/munin/alert"])
    #expect(Site.forms() == ["alert"])
  }
}
