import CoverAPI
import CoverModel
import Foundation
import Testing

@testable import cover_bridge

struct ExitStatusTests {
    private static func text(of name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try String(contentsOf: root.appending(path: name), encoding: .utf8)
    }

    /// The rows of the tables in a document. A row has the form `| code | meaning |`.
    private static func rows(of name: String) throws -> [[String]] {
        let lines = try text(of: name).replacing("\\|", with: "").split(separator: "\n")
        return lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("| ") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// A script may order a cover again when the exit code is 1. A gateway, a full disk or an account without credits
    /// must not cause this order.
    @Test(arguments: CoverError.Kind.all) func noErrorCountsAsAFailedTask(_ kind: CoverError.Kind) {
        for taskId in [nil, TaskID("task")] {
            let status = ExitStatus(CoverError(kind, "what happened", taskId: taskId))
            #expect(status != .failed && status != .done)
            #expect(ExitStatus.byGravity.contains(status))
        }
    }

    @Test(arguments: [
        (CoverError.Kind.unauthorized, 3), (.missingCredentials, 3), (.taskNotFound, 4), (.waitTimeout, 5),
        (.requestTimeout, 5), (.unreachable, 6), (.rateLimited, 6), (.maintenance, 6), (.serverError, 6),
        (.untrustedServer, 6), (.malformedResponse, 6), (.overloaded, 6), (.shuttingDown, 6), (.insufficientCredits, 7),
        (.conflict, 7),
        (.featureDisabled, 7), (.downloadFailed, 8), (.fileExists, 8), (.badRequest, 2), (.validationFailed, 2),
        (.insecureEndpoint, 2), (.init(rawValue: "unheardOf"), 6),
    ])
    func codes(of kind: CoverError.Kind, code: Int) {
        #expect(ExitStatus(CoverError(kind, "what happened")).rawValue == Int32(code))
    }

    @Test func anImageWithoutHTTPSIsNotAUsageError() {
        #expect(ExitStatus(CoverError(.insecureEndpoint, "what happened", taskId: "task")) == .unsaved)
    }

    /// The operator of the network must learn about the certificate, also if the host of an image has it.
    @Test func aCertificateOfAnImageHostHasTheCodeOfOneOfTheAPI() throws {
        #expect(ExitStatus(CoverError(.untrustedServer, "what happened", taskId: "task")) == .unreachable)
        let rows = try Self.rows(of: "README.md")
        func text(_ code: String) throws -> String { try #require(rows.first { $0[0] == code })[1] }
        #expect(try text("6").contains("a certificate of the API or of the host of an image"))
        #expect(try text("8").contains("the host of an image cannot be reached"))
    }

    @Test func theMostSeriousCodeCountsAndAFailedTaskIsTheLeastSerious() {
        for status in ExitStatus.allCases where status != .failed && status != .done {
            for order in [[status, .failed], [.failed, status], [.done, status]] {
                var summary = ExitSummary()
                for status in order { summary.add(status) }
                #expect(summary.status == status)
            }
        }
        var summary = ExitSummary()
        for status in [ExitStatus.notFound, .unreachable, .unsaved] { summary.add(status) }
        #expect(summary.status == .unreachable)
        #expect(ExitStatus.precedence == "3 6 5 7 4 8 2 1")
    }

    @Test func theListFitsAScreen() {
        let lines = ExitStatus.list.split(separator: "\n")
        #expect(lines.count <= 5)
        #expect(lines.allSatisfy { $0.count <= 80 })
        for status in ExitStatus.allCases {
            #expect(ExitStatus.list.contains(" \(status.rawValue) \(status.meaning)"))
        }
    }

    @Test func theREADMEHasTheTable() throws {
        let rows = try Self.rows(of: "README.md").filter { Int32($0[0]) != nil }
        #expect(rows.map(\.[0]) == ExitStatus.allCases.map { "\($0.rawValue)" })
        for (row, status) in zip(rows, ExitStatus.allCases) { #expect(row[1].hasPrefix(status.meaning)) }
    }

    /// Every new code in the changelog's table of old and new codes exists.
    @Test func theChangelogHasTheOldAndTheNewCodes() throws {
        let rows = try Self.rows(of: "CHANGELOG.md").filter { $0.count == 3 && Int32($0[1]) != nil }
        #expect(rows.count >= 10)
        for row in rows { #expect(Int32(row[2]).flatMap(ExitStatus.init(rawValue:)) != nil, "\(row)") }
    }
}
