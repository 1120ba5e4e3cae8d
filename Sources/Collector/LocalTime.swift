internal import RRD

/// The local time as `Sat Nov 21 02:30:10 2026`.
func localTimeText(_ time: Int) -> String { localTime(time) }
