// swift-tools-version: 6.2
// libFuzzer brings a `main` of its own, which `swift test` of the project could not link: hence a package apart.
// `make fuzz` builds it with the flags that count coverage.
import PackageDescription

let package = Package(
  name: "apus-fuzz",
  dependencies: [.package(name: "apus", path: "../..")],
  targets: [
    .executableTarget(
      name: "Fuzz", dependencies: [.product(name: "ApusParts", package: "apus")])
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets { target.swiftSettings = [.treatAllWarnings(as: .error)] }
