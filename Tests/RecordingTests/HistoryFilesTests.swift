import TestSupport
import Testing

@testable import Recording

struct HistoryFilesTests {
  private let folder: TemporaryFolder
  private let files: HistoryFiles

  init() throws {
    folder = try TemporaryFolder()
    for name in [
      "g/a-load-load-g.rrd", "g/a-disk-sda-rd-d.rrd", "g/a-disk-sda-g.rrd", "g/a-disk2-x-g.rrd",
      "g/a-load-load-g.rrd.damaged-17", "g/a-b-load-load-g.rrd", "g/a-x-g.rrd",
      "g/sub/c-load-load-g.rrd",
      "h/a-load-load-g.rrd", "datafile",
    ] {
      try folder.write(name, "")
    }
    files = HistoryFiles(directory: folder.path, nodes: ["g;a", "g;a-b", "g;sub;c", "h;a"])
  }

  @Test(arguments: [
    (
      HistoryTarget(path: "g;a", scope: .node),
      ["g/a-disk-sda-g.rrd", "g/a-disk-sda-rd-d.rrd", "g/a-disk2-x-g.rrd", "g/a-load-load-g.rrd"]
    ),
    (HistoryTarget(path: "g;a-b", scope: .node), ["g/a-b-load-load-g.rrd"]),
    (HistoryTarget(path: "g;sub", scope: .group), ["g/sub/c-load-load-g.rrd"]),
    (
      HistoryTarget(path: "g", scope: .group),
      [
        "g/a-b-load-load-g.rrd", "g/a-disk-sda-g.rrd", "g/a-disk-sda-rd-d.rrd", "g/a-disk2-x-g.rrd",
        "g/a-load-load-g.rrd", "g/a-x-g.rrd", "g/sub/c-load-load-g.rrd",
      ]
    ),
    (
      HistoryTarget(path: "g;a", scope: .graph("disk")),
      ["g/a-disk-sda-g.rrd", "g/a-disk-sda-rd-d.rrd"]
    ),
    (HistoryTarget(path: "g;a", scope: .graph("disk.sda")), ["g/a-disk-sda-rd-d.rrd"]),
    (HistoryTarget(path: "g;a", scope: .field(graph: "disk", name: "sda")), ["g/a-disk-sda-g.rrd"]),
    (
      HistoryTarget(path: "g;a", scope: .field(graph: "disk.sda", name: "rd")),
      ["g/a-disk-sda-rd-d.rrd"]
    ),
    (HistoryTarget(path: "g;none", scope: .node), []),
    (HistoryTarget(path: "none", scope: .group), []),
  ])
  func aPartsFilesAreFound(target: HistoryTarget, names: [String]) {
    #expect(files.files(of: target) == names)
  }

  @Test(arguments: [
    (
      "g/a-load-load-g.rrd", HistoryTarget(path: "g;a", scope: .node),
      HistoryTarget(path: "h;sub;b", scope: .node), "h/sub/b-load-load-g.rrd"
    ),
    (
      "g/sub/c-load-load-g.rrd", HistoryTarget(path: "g", scope: .group),
      HistoryTarget(path: "x;y", scope: .group), "x/y/sub/c-load-load-g.rrd"
    ),
    (
      "g/a-disk-sda-rd-d.rrd", HistoryTarget(path: "g;a", scope: .graph("disk")),
      HistoryTarget(path: "g;a", scope: .graph("diskstats.new")), "g/a-diskstats-new-sda-rd-d.rrd"
    ),
    (
      "g/a-disk-sda-g.rrd", HistoryTarget(path: "g;a", scope: .field(graph: "disk", name: "sda")),
      HistoryTarget(path: "g;a", scope: .field(graph: "disk2", name: "sdb")), "g/a-disk2-sdb-g.rrd"
    ),
  ])
  func filesFollowANewName(
    file: String, old: HistoryTarget, new: HistoryTarget, renamed: String
  ) {
    #expect(HistoryFiles.renamed(file, from: old, to: new) == renamed)
    #expect(HistoryFiles.renamed(renamed, from: new, to: old) == file)
  }

  @Test func aNameTellsGraphAndField() throws {
    let found = try #require(HistoryFiles.series(of: "g/a-b-disk-sda-rd-d.rrd", of: "g;a-b"))
    #expect(found == ("disk.sda", "rd"))
    #expect(HistoryFiles.series(of: "g/a-b-g.rrd", of: "g;a") == nil)
    #expect(HistoryFiles.series(of: "g/a-b-c-g.rrd", of: "g;x") == nil)
  }
}
