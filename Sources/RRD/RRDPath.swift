public import MuninWire

/// The name of a field's file below `dbdir`, by munin's rule:
/// `group/subgroup/host-service-field-g.rrd`, where the dots of a nested graph become dashes.
///
/// A part can not leave its place: slashes and control characters become underscores, and so does a
/// part that is empty, `.` or `..`. Names that went through munin's own patterns are not changed.
public func rrdFile(
  group: [String], host: String, service: String, field: String, type: FieldType
) -> String {
  rrdFileStart(group: group, host: host)
    + rrdFileEnding(service: service, field: field, type: type)
}

/// What the names of all files of a host begin with: `group/subgroup/host`.
public func rrdFileStart(group: [String], host: String) -> String {
  (group + [host]).map(contained).joined(separator: "/")
}

/// What follows that in the name of a field's file: `-service-field-g.rrd`.
public func rrdFileEnding(service: String, field: String, type: FieldType) -> String {
  let service = service.utf8.contains(0x2E) ? String(service.map { $0 == "." ? "-" : $0 }) : service
  return "-\(contained(service))-\(contained(field))-\(type.letter).rrd"
}

/// The folder of a group's files below `dbdir`, by the same rule; empty for no group.
public func rrdFolder(group: [String]) -> String { group.map(contained).joined(separator: "/") }

private func contained(_ part: String) -> String {
  if part.isEmpty || part == "." || part == ".." { return "_" }
  if part.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x2F && $0 != 0x7F }) { return part }
  return String(
    String.UnicodeScalarView(
      part.unicodeScalars.map { $0 == "/" || $0.value < 0x20 || $0.value == 0x7F ? "_" : $0 }))
}

/// The same field's file under another type, when `path` follows munin's rule.
func sibling(of path: String, type: FieldType) -> String? {
  for other in FieldType.allCases where other != type {
    let ending = "-\(other.letter).rrd"
    if path.hasSuffix(ending) { return path.dropLast(ending.count) + "-\(type.letter).rrd" }
  }
  return nil
}
