internal import Daemon
internal import EventLoop
internal import Glibc
internal import Node
internal import Terminal

let program = "apus-node"

/// Runs a command on the event loop, prints its output, and returns its exit status.
func finish(_ body: @escaping @LoopActor @Sendable () async throws -> CommandResult) -> Int32 {
  do {
    let result = try EventLoop.main.run(body)
    Terminal.print(result.output, result.errors)
    return result.status
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.failed
  }
}

func main() -> Int32 {
  let words = CommandWords.arguments
  // Called through a link named like a plugin, the program is that plugin.
  let name = CommandWords.programName
  if !name.isEmpty, !name.hasPrefix(program) {
    return finish { await LinkedPlugin.run(name, words.first ?? "") }
  }
  do throws(UsageError) {
    switch try usage.parse(words) {
    case .help:
      Terminal.say(usage.text)
      return ExitCode.done
    case .version:
      Terminal.say("\(program) \(apusVersion)")
      return ExitCode.done
    case .run(let command, let options, let words):
      return try Invocation(command: command, options: options, words: words).run()
    }
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.wrongUsage
  }
}

exit(main())
