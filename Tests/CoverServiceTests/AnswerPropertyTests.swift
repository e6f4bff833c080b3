import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Checks every watch against any answers of the API in any order. The watch ends with a final change or with an
/// `ended` event, or it continues and polls at most once per interval. Only a known number of polls may come early, so
/// a burst of polls always ends.
@Suite struct AnswerPropertyTests {
    /// How many polls in a row may come early. Five early polls follow a success without images. Before and after each
    /// of these five, faults may cause pauses that grow by doubling, from two seconds. The pauses that a fault of the
    /// host causes grow from one second.
    private static let mostEarlyPolls = 5 + 6 * 9 + 11
    private static let day = Duration.seconds(86_400)

    /// Each round repeats a few answers for a long time, so that each mixture of answers has time to show its effect.
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

    /// Each round plays many random answers.
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
            // The next wake-up must be later than now. Otherwise the engine would work without end while no time
            // passes.
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
