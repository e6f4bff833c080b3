package import CoverModel

/// A message of one bridge that the other bridges need at once.
package enum FleetAnnouncement: Sendable {
    case reading(TaskID, FleetReading)
    /// A bridge queries the task, and will announce the reading. The claim is valid for at most this time.
    case claimed(TaskID, by: FleetBridge.ID, for: Duration)
    /// The claim ended without a reading.
    case freed(TaskID)
    /// The API asked for a pause of all queries.
    case paused(FleetPause)
    /// The pause is over: a trial showed that the API answers again.
    case resumed
    /// Announcements were lost, or the store was reset: known readings, claims and pauses may be out of date.
    case gap
}
