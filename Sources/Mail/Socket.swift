internal import Glibc

// Apart from `Transfer`: libcurl's headers and Glibc's each define `fd_set`, and Swift does not want both
// in one file.

func shutdownReading(_ socket: Int32) {
  _ = shutdown(socket, Int32(SHUT_RD))
}

func closeSocket(_ socket: Int32) -> Int32 {
  close(socket)
}
