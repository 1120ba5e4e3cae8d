internal import CRRD
internal import Glibc

/// Looks at one file. Everything here blocks: only the actors of this module use it.
struct RRDFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Everything `rrdtool info` prints, by its keys.
  func info() throws(RRDError) -> [String: String] {
    var entries: [String: String] = [:]
    try eachEntry { entry in
      entries[String(cString: entry.key)] = text(of: entry)
    }
    return entries
  }

  /// The few facts that decide whether the file can be written as it is.
  func header() throws(RRDError) -> RRDHeader {
    if let header = quickHeader() { return header }
    return try fullHeader()
  }

  /// The same as librrd tells it.
  func fullHeader() throws(RRDError) -> RRDHeader {
    var header = RRDHeader()
    var sources = 0
    var rows: UInt = 0
    var sound = true
    try eachEntry { entry in
      let key = UnsafePointer<CChar>(entry.key)!
      if strncmp(key, "ds[", 3) == 0, strstr(key, "].index") != nil { sources += 1 }
      if strcmp(key, "step") == 0 { header.step = Int(entry.value.u_cnt) }
      if strcmp(key, "last_update") == 0 { header.lastUpdate = Int(entry.value.u_cnt) }
      if strcmp(key, "ds[42].type") == 0 { header.type = String(cString: entry.value.u_str) }
      if strcmp(key, "ds[42].min") == 0 { header.min = entry.value.u_val }
      if strcmp(key, "ds[42].max") == 0 { header.max = entry.value.u_val }
      if strncmp(key, "rra[", 4) == 0 {
        if strstr(key, "].rows") != nil { rows = entry.value.u_cnt }
        // librrd writes to this row without a check: a row outside the file would crash the program.
        if strstr(key, "].cur_row") != nil { sound = sound && entry.value.u_cnt < rows }
        if strstr(key, "].pdp_per_row") != nil {
          sound = sound && entry.value.u_cnt > 0
          let span = entry.value.u_cnt.multipliedReportingOverflow(by: rows)
          header.longestRows = span.overflow ? .max : max(header.longestRows, span.partialValue)
        }
      }
    }
    guard sound, header.step > 0 else {
      throw RRDError(.damaged, "cannot use \(path): its archives are damaged")
    }
    guard sources == 1, !header.type.isEmpty else {
      throw RRDError.foreign(path)
    }
    return header
  }

  /// The time of the newest value, in seconds since 1970.
  func lastUpdate() throws(RRDError) -> Int {
    rrd_clear_error()
    let time = rrd_last_r(path)
    guard time >= 0 else { throw RRDError("cannot read \(path)", path: path) }
    return time
  }

  /// Rows of one consolidation, see ``RRDRows``.
  func fetch(
    _ consolidation: RRDConsolidation, start: Int, end: Int, resolution: Int
  ) throws(RRDError) -> RRDRows {
    let header = try header()
    // librrd makes a row for each step asked for, in the file or not: only what can be there is asked.
    let oldest = header.lastUpdate - clamped(header.longestRows) * header.step - header.step
    var from = max(start, oldest, 0)
    var to = max(from + 1, min(end, header.lastUpdate + header.step * 2))
    guard start < end else {
      throw RRDError(.other, "cannot read \(path): expected a start before the end")
    }
    var step = UInt(max(1, resolution))
    var sources: UInt = 0
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var data: UnsafeMutablePointer<Double>?
    rrd_clear_error()
    guard
      rrd_fetch_r(path, consolidation.rawValue, &from, &to, &step, &sources, &names, &data) == 0
    else { throw RRDError("cannot read \(path)", path: path) }
    defer {
      for index in 0..<Int(sources) { rrd_freemem(names?[index]) }
      rrd_freemem(names)
      rrd_freemem(data)
    }
    guard let data, step > 0, sources == 1, to >= from else {
      throw RRDError.foreign(path)
    }
    let count = (to - from) / Int(step)
    return RRDRows(
      start: from + Int(step), step: Int(step),
      values: Array(UnsafeBufferPointer(start: data, count: count)))
  }

  private func clamped(_ count: UInt) -> Int { Int(min(count, 1 << 24)) }

  func eachEntry(_ body: (rrd_info_t) -> Void) throws(RRDError) {
    rrd_clear_error()
    var status = stat()
    let isThere = stat(path, &status) == 0
    // librrd would wait for ever for the other end of a pipe.
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      throw RRDError(.other, "cannot use \(path): it is not a regular file")
    }
    guard let list = rrd_info_r(path) else {
      // An empty file cannot be mapped, which librrd reports as an error of the system.
      if isThere, status.st_size == 0 {
        rrd_clear_error()
        throw RRDError(.damaged, "cannot read \(path): the file is empty")
      }
      throw RRDError("cannot read \(path)", path: path)
    }
    defer { rrd_info_free(list) }
    var next: UnsafeMutablePointer<rrd_info_t>? = list
    while let entry = next {
      body(entry.pointee)
      next = entry.pointee.next
    }
  }

  /// The value as `rrdtool info` prints it.
  private func text(of entry: rrd_info_t) -> String {
    switch entry.type {
    case RD_I_VAL: scientific(entry.value.u_val)
    case RD_I_CNT: String(entry.value.u_cnt)
    case RD_I_INT: String(entry.value.u_int)
    case RD_I_STR: "\"\(String(cString: entry.value.u_str))\""
    default: ""
    }
  }

  /// `%0.10e`, with librrd's word for unknown.
  private func scientific(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    var buffer = [CChar](repeating: 0, count: 40)
    _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%0.10e", $0) }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}
