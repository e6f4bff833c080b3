import CoverModel
import CoverService
import CoverWatch

extension Tool {
    /// The time limit of a call of `wait` if the model gives none, in seconds. It is shorter than the limit that hosts
    /// set for a call, which is often a minute.
    private static let patience = 45.0

    static let all: [Tool] = [
        Tool(
            name: "status",
            title: "Cover status",
            method: GetStatus.self,
            description: """
                Asks once how a cover task stands: pending, generating, succeeded (with the images' URLs), failed or unknown. \
                To get the result of a task that is not final, use wait instead of asking again and again.
                """,
            hints: Hints(isReadOnly: true),
            summary: Summary.status
        ),
        Tool(
            name: "wait",
            title: "Wait for a cover",
            method: Wait.self,
            description: """
                Waits until a cover task is final and answers with its status. Covers usually take 2 to 4 minutes. \
                A timeout says nothing about the task: it is still running and already paid for, so call wait again with the \
                same taskId, and never generate again because of it.
                """,
            hints: Hints(isReadOnly: true),
            defaults: ["timeout": patience],
            summary: Summary.status
        ),
        Tool(
            name: "watch",
            title: "Watch covers",
            method: StartWatch.self,
            description: """
                Follows cover tasks in the background to their end; answers at once. Read what happened with changes, or \
                subscribe to cover://tasks/{taskId}. For a single task whose result is wanted now, wait is simpler.
                """,
            hints: Hints(),
            watched: { $0.watches.map(\.taskId) },
            summary: Summary.watches
        ),
        Tool(
            name: "unwatch",
            title: "Stop watching covers",
            method: StopWatch.self,
            description: "Stops following tasks. The tasks themselves continue; nothing is cancelled or refunded.",
            hints: Hints(isOpenWorld: false),
            unwatched: \.taskIds,
            summary: Summary.unwatched
        ),
        Tool(
            name: "changes",
            title: "Changes of watched covers",
            method: ListChanges.self,
            description: """
                What happened to watched tasks, oldest first. Remember the sequence of the last change and pass it as after \
                next time; where more is true, call again at once.
                """,
            hints: Hints(isReadOnly: true, isOpenWorld: false),
            summary: Summary.changes
        ),
        Tool(
            name: "download",
            title: "Download cover images",
            method: Download.self,
            description: """
                Saves the images of a succeeded task into a directory on this machine, named by its absolute path, all of \
                them or none. The API keeps images for about 14 days. Files that exist are left alone unless overwrite is true.
                """,
            hints: Hints(isDestructive: true),
            hidden: ["progressToken"],
            path: "directory",
            summary: Summary.files
        ),
        Tool(
            name: "generate",
            title: "Generate a cover",
            method: Generate.self,
            description: """
                Orders a cover for a finished music task. This spends the user's credits: call it only when the user wants \
                a cover. A music task has one cover: a second order answers with the first one's taskId (reused: true) and \
                costs nothing. The API requires a callbackUrl: if the user has none, pass https://example.com/callback. Then call \
                wait with the taskId of the answer.
                """,
            hints: Hints(isDestructive: true),
            summary: Summary.generation
        ),
        Tool(
            name: "callback",
            title: "Hand over a callback",
            method: ReceiveCallback.self,
            description: """
                Hands over what Kie.ai POSTed to a callback URL: the body as it came, and the headers X-Webhook-Timestamp and \
                X-Webhook-Signature where they came. Reads the task's record, and watches hear of it at once. Use it only for a \
                callback that was really received; to ask for a status, use status.
                """,
            hints: Hints(isReadOnly: true),
            summary: Summary.callback
        ),
        Tool(
            name: "credits",
            title: "Credits left",
            method: GetCredits.self,
            description: "How many credits are left on the Kie.ai account.",
            hints: Hints(isReadOnly: true),
            summary: Summary.credits
        ),
    ]
}
