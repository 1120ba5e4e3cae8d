import Foundation
import MuninWire
import Settings
import Testing

extension Programs {
  /// A munin.conf means to the collector what it means to munin's own programs.
  @Suite struct SettingsParityTests {
    /// What munin's two parsers make of a file.
    private struct Theirs {
      /// munin-update's reason for not starting.
      var refusal: String?
      var update: [String: String] = [:]
      var limits: [String: String] = [:]

      init(_ text: String, in scratch: Scratch) async throws {
        let file = try scratch.write(text, to: "munin.conf")
        let outcome = try await run(Project.peer("munin-settings"), [file], in: scratch)
        guard outcome.ending == .exit(0) else { throw Trouble("munin-settings: \(outcome.errors)") }
        for line in outcome.output.split(separator: "\n") {
          let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
          let words = parts[0].split(separator: " ", maxSplits: 1)
          switch words[0] {
          case "refused": refusal = String(line.dropFirst("refused ".count))
          case "update": update[String(words[1])] = String(parts[1])
          default: limits[String(words[1])] = String(parts[1])
          }
        }
      }
    }

    private func ours(_ text: String) -> (
      settings: MasterSettings, problems: [String], warnings: [String]
    ) {
      let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: text)])
      return (
        parsed.settings, parsed.problems.map(\.description), parsed.warnings.map(\.description)
      )
    }

    /// Blanks at the beginning of the next line, comments between, two backslashes: each word as the program of munin
    /// that makes use of it reads it.
    @Test func continuedLinesHaveMuninsValues() async throws {
      let text = """
        dbdir /srv/\\
            munin
        contact.me.command mail -s "one\\
            two" me
        contact.me.text ${var:host} \\
        \t${var:worst}\\
        ${var:plugin}
        [g;h]
            address 192.0\\
                .2.1
            s.graph_title One\\
                two
            s.graph_args --base 1000 \\
        # a comment in the first column
                -l 0 \\
                -u 100
            s.graph_info ends in a backslash\\\\
            s.f.label a \\# hash \\
                goes on   # without this
            s.f.cdef f,\\
                8,\\
                *
        """
      let scratch = try Scratch()
      let theirs = try await Theirs(text, in: scratch)
      let (settings, problems, warnings) = ours(text)
      // munin-update ends a continued line at a comment; the rest then is an unknown word to it.
      #expect(theirs.refusal?.contains("-l") == true)
      #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
      let plain = text.replacing("# a comment in the first column\n", with: "")
      let again = try await Theirs(plain, in: scratch)
      #expect(again.refusal == nil)
      func own(_ name: String, _ field: String? = nil) -> String? {
        settings.override(name, group: ["g"], host: "h", service: "s", field: field)
      }
      #expect(settings.databaseDirectory == again.update["dbdir"])
      #expect(settings.hosts.first?.address == again.update["g;h;address"])
      for limits in [theirs.limits, again.limits] where !limits.isEmpty {
        #expect(settings.contacts.first?.command == limits["contact;me;command"])
        #expect(settings.contacts.first?.text == limits["contact;me;text"])
        for name in ["graph_title", "graph_args", "graph_info"] {
          #expect(own(name) != nil && own(name) == limits["g;h;s;\(name)"], "\(name)")
        }
        for name in ["label", "cdef"] {
          #expect(own(name, "f") != nil && own(name, "f") == limits["g;h;s;f;\(name)"], "\(name)")
        }
      }
    }

    /// The collector starts with whatever munin-update reads without complaint, and names what it ignores.
    @Test(arguments: [
      "max_processes 0", "update_rate 10 aligned\ngraph_data_size normal", "update_rate often",
      "timeout never", "timeout", "contacts no", "contacts nobody-knows", "contact.me.label x",
      "contact.me.always_send always", "load.load.warning 5", "palette new", "dropdownlimit x",
      "graph_data_size big", "dbdir data", "tls always", "tls_verify_depth deep",
      "[g;x]\naddress 192.0.2.1\ntls always", "[g;x]\naddress 192.0.2.1\n[g;x]\naddress 192.0.2.2",
      "[g;x]\naddress 192.0.2.1\nload.load.warning 5:1",
      "[g;x]\naddress 192.0.2.1\n.load.draw LINE",
      "graph_data_size custom 1d, 1m for 1w, 5m for 1t, 15m for 1y", "worker_start_delay never",
      "graph_strategy whatever", "htmldir relative",
      "[empty.dev6]", "[g;]", "[../up;h]\naddress 192.0.2.1", "[..;h]\naddress 192.0.2.1",
      "[g;x]\nuse_node_name yes", "[g;x]\naddress", "[g;x]\naddress a b\nport 0",
      "[g;x]\nupdate no\nport 99999", "[g;x]\naddress 192.0.2.1\nload.graph_width 0",
      "[g;x]\naddress 192.0.2.1\nload.load.colour \\#ff0000",
      "[g;x]\naddress 192.0.2.1\nload.load.colour #ff0000",
      "[g;x]\naddress 192.0.2.1\nload.load.warning 9x",
      "[g;x]\naddress 192.0.2.1\nload.load.type gouge",
      "[g;x]\naddress 192.0.2.1\nload.load.draw DOT",
      "[g;x]\naddress 192.0.2.1\nload.graph_scale maybe",
      "[g;x]\naddress 192.0.2.1\nload..warning 5", "[g;x]\naddress 192.0.2.1\na/b.c.warning 5",
      "[g;x]\naddress 192.0.2.1\n.load.warning 5",
      "[g;x]\naddress 192.0.2.1\ncontact.me.command mail",
      "[g;x]\naddress 192.0.2.1\nload.graph_order a=g;y:load.load",
      "[g;x]\naddress 192.0.2.1\nload.graph_title T\\\n\nload.graph_info I",
      "[g;x]\nupdate no\ntotal.load.sum a:load.load b:load.load\ntotal.load.stack a=a:load.load",
    ])
    func whatMuninAcceptsStartsTheCollector(lines: String) async throws {
      // In a file of settings that are right.
      let isSection = lines.hasPrefix("[")
      let node = "[g;h]\naddress 127.0.0.1\n"
      let text = isSection ? node + lines + "\n" : lines + "\n" + node
      let theirs = try await Theirs(text, in: try Scratch())
      #expect(theirs.refusal == nil)
      let (settings, problems, warnings) = ours(text)
      #expect(problems.isEmpty)
      // The two that mean something, and the group that says nothing.
      // What borrows fields of other graphs is named by the collector, graph by graph.
      let isSilent =
        ["contacts no", "[g;]"].contains(lines) || lines.hasPrefix("update_rate 10 ")
        || lines.contains("graph_order a=") || lines.contains(".stack ")
      #expect(warnings.isEmpty == isSilent, "\(warnings)")
      #expect(settings.hosts.contains { $0.path == "g;h" && $0.update })
    }

    @Test(arguments: [
      "frobnicate 1", "[g;h_1]\naddress x", "[;h]\naddress x", "[g;h\naddress x", "[]\naddress x",
      "[g; h]\naddress x", "[g;h]\nupdate maybe", "[g;h]\nuse_node_name maybe",
      "[g;h]\nload.load.warnign 5", "[g;h]\naddress x\nload.graph_title T\\\n# c\n  and more",
    ])
    func whatMuninRefusesIsAnErrorButForComments(lines: String) async throws {
      let theirs = try await Theirs(lines + "\n", in: try Scratch())
      #expect(theirs.refusal != nil)
      // A comment between continued lines is understood.
      #expect(ours(lines).problems.isEmpty == lines.contains("# c"))
    }

    /// Lines as they stand in files of sites that have grown over years.
    private static let site = ##"""
      dbdir	/var/lib/munin
      graph_data_size custom 1d, 1m for 1w, 5m for 1t, 15m for 1y
      update_rate 60
      contact.ops.command mail -s "[${var:group};${var:host}] ${var:graph_title}: ${loop<,>:wfields  ${var:label}=${var:value}}" ops@example.com
      contact.chat.command /usr/local/bin/chat ${var:worst}
      contact.chat.text ${if:cfields CRITICAL: ${loop<, >:cfields ${var:label} is ${var:value} (outside [${var:crange}])${if:extinfo : ${var:extinfo}}}\n}${if:wfields WARNING: ${loop<, >:wfields ${var:label}}\n}
      contact.json.command >/var/log/munin/alert.json
      contact.json.text {"host":"${var:host}","critical":[${loop<,>:cfields {"label":"${var:label}","value":"${var:value}"}}]}
      [localhost]
          address 127.0.0.1
          use_node_name yes
      [web01.example.com]
          address 192.0.2.1
          diskstats_latency.vda.avgwrwait.warning 0:20
          df._dev_vda1.critical 95
          if_eth0.up.max 1000000000
          load.load.draw LINE
          load.graph_data_size huge
          contacts ops chat
      [Customers;Europe;Germany;Berlin;Rack-7;Shelf-2;db-1.example.com]
          address db-1.example.com
          postgres_size_ALL.postgres.warning 10000000000
          mysql_connections.graph_title Connections \# of them
      [Customers;]
          contacts ops
      [Customers;Europe;Totals]
          update no
          load.graph_title Loads on top of each other
          load.graph_order \
              db1=Customers;Europe;Germany;Berlin;Rack-7;Shelf-2;db-1.example.com:load.load \
              lat=Customers;Europe;Germany;Berlin;Rack-7;Shelf-2;db-1.example.com:diskstats_latency.vda.avgwait
          load.db1.draw AREASTACK
          total.all.sum \
              db-1.example.com:load.load \
              web01.example.com:load.load
          total.all.cdef all,2,/
      [bare]
          address ::1
      [short.name]
          address 192.0.2.7
          apache_accesses.graph_period minute
          swap.swap_in.graph no
      """##

    @Test func filesOfRealSitesMeanTheSame() async throws {
      let theirs = try await Theirs(Self.site, in: try Scratch())
      #expect(theirs.refusal == nil)
      let (settings, problems, warnings) = ours(Self.site)
      #expect(problems == [] && warnings == [])
      #expect(settings.updateRate == 60 && settings.databaseDirectory == "/var/lib/munin")
      #expect(settings.graphDataSize == RoundRobinLayout(theirs.update["graph_data_size"]!))
      #expect(
        settings.hosts.map { $0.path.replacing(";", with: "/") } == [
          "localhost/localhost", "example.com/web01.example.com",
          "Customers/Europe/Germany/Berlin/Rack-7/Shelf-2/db-1.example.com",
          "Customers/Europe/Totals", "bare/bare", "name/short.name",
        ])
      for host in settings.hosts {
        #expect(theirs.update["\(host.path);host_name"] == host.name, "\(host.path)")
        #expect(theirs.update["\(host.path);update"] == (host.update ? "1" : "0"))
        #expect(
          theirs.update["\(host.path);address"] == (host.address.isEmpty ? nil : host.address))
        for one in settings.overrides(for: host) {
          let path = [host.path, one.service.replacing(".", with: ";"), one.field, one.name]
            .compactMap(\.self).joined(separator: ";")
          #expect(theirs.limits[path] == one.value, "\(path)")
        }
      }
      let overrides = settings.hosts.map { settings.overrides(for: $0).count }
      #expect(overrides == [0, 5, 2, 5, 0, 2])
      for contact in settings.contacts {
        #expect(theirs.limits["contact;\(contact.name);text"] == contact.text)
        #expect(theirs.limits["contact;\(contact.name);command"] == contact.command)
      }
      let recipients = settings.hosts.map { host in
        settings.recipients(group: host.groups, host: host.name).map(\.name).joined(separator: " ")
      }
      #expect(
        recipients == ["ops chat json", "ops chat", "ops", "ops", "ops chat json", "ops chat json"])
    }

    /// One file with all of it: the program itself starts, and says what has no effect.
    @Test func aFileFullOfOdditiesIsChecked() async throws {
      let scratch = try Scratch()
      let file = try scratch.write(
        """
        dbdir \(scratch.path)/db
        max_processes 0
        htmldir /var/cache/munin/www
        contacts no
        [empty.dev6]
        [g;h]
        address 127.0.0.1
        all.load.sum g;h:load.load all.load
        load.load.warning 9x
        """, to: "munin.conf")
      let outcome = try await run(
        Project.program("apus-collector"), ["check", "--config", file], in: scratch)
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
      for line in [
        "\(file):2: max_processes: no effect: apus-collector polls all nodes at once, in one process",
        "\(file):3: htmldir: no effect: apus-collector serves its pages and graphs itself",
        "\(file):5: section '[empty.dev6]': no line below it: no host is made of it",
        "\(file):8: g;h: all: load: all.load: refers to itself",
        "\(file):9: load.load.warning: expected a range such as 10, 5:10, :10 or :90%, found '9x': the line is ignored",
      ] {
        #expect((outcome.output + outcome.errors).contains(line), "\(line)")
      }
    }
  }
}
