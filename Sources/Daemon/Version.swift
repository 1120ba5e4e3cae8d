/// The version of both programs: `--version`, the node's `version` command, the collector's pages.
public let apusVersion = "0.1.0"
