package import CoverModel

/// What a bridge did that the others want to know at once.
package enum FleetAnnouncement: Sendable {
    case reading(TaskID, FleetReading)
    /// A bridge queries the task: its reading comes. Good for so long at the most.
    case claimed(TaskID, by: FleetBridge.ID, for: Duration)
    /// The claim ended without a reading.
    case freed(TaskID)
    /// The API asked for a pause of all queries.
    case paused(FleetPause)
    /// The pause is over, and the API agrees.
    case resumed
    /// Announcements were lost, or the store began again: what is known of tasks, claims and pauses may be out of date.
    case gap
}
