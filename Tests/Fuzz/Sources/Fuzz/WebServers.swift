@testable import Plugins

/// What /proc, a state file and a server's own pages hold, as web_processes reads them.
func feedWebServers(_ input: [UInt8]) {
  if let stat = ProcessStat(input.span) {
    demand(stat.name.bytes.count <= ProcessName.longest, "a name that is too long")
  }
  let rollup = MemoryUse.Rollup(input.span)
  let counted = MemoryUse.Counted(status: input.span)
  var statm = MemoryUse.Counted(status: Array("VmRSS: 1 kB\n".utf8).span)!
  statm.take(statm: input.span)
  let uses = [
    rollup.map(MemoryUse.measured), counted.map { .counted($0, isOverCap: true) },
    .counted(statm, isOverCap: false),
  ]
  let sum = MemorySum(uses.compactMap(\.self))
  demand(sum.map { $0.all >= $0.own } ?? false, "the sum is less than a part of it")

  for titles in [ServerKind.Titles.none, .nginx, .fpm] {
    let title = ServerTitle(titles, input)
    demand(!(title.isMaster && title.isWorker), "a master that is a worker")
    demand(title.pool.map { $0.utf8.count <= 64 } ?? true, "a pool with a long name")
  }
  _ = StatusAnswer(input.span)
  let answer = FastCGI.Answer(input)
  demand(answer.output.count <= input.count, "more is read than was written")
  if let address = StatusAddress(String(decoding: input, as: UTF8.self)) {
    demand(address.path.hasPrefix("/"), "a path from nowhere")
    if address.words == .fastCGI {
      demand(!FastCGI.Answer(FastCGI.request(address.path)).isWhole, "a question is an answer")
    }
  }
  if let history = ServerHistory(input.span) {
    demand(ServerHistory(history.text.span) == history, "a history changes when it is kept")
  }
}
