/// The version of both programs, as `--version` and the `version` command say it.
public let apusVersion = "0.1.0"
