import TestSupport
import Testing

/// Makes a key and a certificate that it has signed itself: `FILE.key` and `FILE.pem`.
/// - Parameter host: as in `subjectAltName`: `IP:127.0.0.1`.
func makeCertificate(_ file: String, for host: String) throws {
  let end = try RunningProgram(
    "/usr/bin/env",
    [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(host)",
      "-keyout", "\(file).key", "-out", "\(file).pem",
    ]
  ).end()
  #expect(end.status == 0, "\(end.errors)")
}
