import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Whatever the API answers, and in whatever order: every watch ends with a final change or an `ended` event, or
/// continues no faster than its interval. Only a known number of polls may come early. There is never an endless burst.
@Suite struct AnswerPropertyTests {
    /// How many polls in a row may come early. Five follow a success without images. Before and after each of them, the
    /// pauses after faults grow from two seconds by doubling. The pauses of the host grow from one second.
    private static let mostEarlyPolls = 5 + 6 * 9 + 11
    private static let day = Duration.seconds(86_400)

    /// A few answers repeat for ever, so that each mixture has time to show its effect.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func noMixtureOfAnswersLeadsToABurst(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var generator = AnswerGenerator(seed: seed)
        for round in 0..<250 {
            await Task.yield()
            let answers = (0..<Int.random(in: 1...6, using: &random)).map { _ in generator.next() }
            let interval = Duration.seconds([1, 7, 30, 600].randomElement(using: &random) ?? 30)
            try play(
                answers,
                interval: interval,
                for: Self.day / 4,
                seed: seed,
                "seed \(seed), round \(round): \(answers)"
            )
        }
    }

    /// Random answers.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func noSeriesOfAnswersLeadsToABurst(_ seed: UInt64) async throws {
        var generator = AnswerGenerator(seed: seed << 8)
        for round in 0..<20 {
            await Task.yield()
            let answers = (0..<300).map { _ in generator.next() }
            try play(answers, interval: .seconds(30), for: Self.day, seed: seed, "seed \(seed), round \(round)")
        }
    }

    private func play(
        _ answers: [Result<CoverStatus, CoverError>],
        interval: Duration,
        for time: Duration,
        seed: UInt64,
        _ context: String
    ) throws {
        var simulation = Simulation(seed: seed)
        var looks: [Duration] = []
        simulation.watch(["t"], interval: interval)
        while simulation.now < time {
            for query in simulation.tick() {
                simulation.read(query, answers[looks.count % answers.count])
                looks.append(simulation.now)
            }
            guard let wake = simulation.table.nextWake else { break }
            // The engine must not stay busy while no time passes.
            try #require(wake > simulation.now, "\(context)")
            simulation.now = wake
        }
        let ends = simulation.events().filter { $0.contains("!") || $0.contains("ended") }
        let isOver = simulation.table.statistics(at: simulation.now).isEmpty
        try #require(ends.count == (isOver ? 1 : 0), "\(context): \(ends)")
        var early = 0
        for (look, next) in zip(looks, looks.dropFirst()) {
            early = next - look < interval * 0.899 ? early + 1 : 0
            try #require(early <= Self.mostEarlyPolls, "\(context): \(early) looks in a row before their time")
        }
    }
}
