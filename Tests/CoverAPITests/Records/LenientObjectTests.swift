import Jansson
import Testing

@testable import CoverAPI

/// A record's members are found in every style of names. A name that occurs twice has one value, by fixed rules.
struct LenientObjectTests {
    private static func object(_ text: String) throws -> LenientObject {
        try #require(LenientObject(JSONValue(parsing: text)))
    }

    @Test(arguments: ["successFlag", "success_flag", "SuccessFlag", "SUCCESS_FLAG", "success-flag", "_successFLAG_"])
    func aNameOfAnyStyleIsFound(_ name: String) throws {
        let object = try Self.object(#"{"zebra":1,"\#(name)":2,"aardvark":3,"a1":4,"ſuccessflag":5}"#)
        #expect(object["successflag"]?.integer == 2)
        #expect(object.conflicts.isEmpty)
        #expect(Set(object.names) == ["aardvark", "successflag", "zebra", "a1", "ſuccessflag"])
    }

    @Test(arguments: [
        // Without underscores in any name, the last member counts.
        (#"{"taskId":1,"TaskId":2}"#, 2, ["taskid"]), (#"{"taskId":1,"TaskId":1}"#, 1, []),
        // The documented name counts, wherever it is.
        (#"{"task_id":1,"taskId":2}"#, 2, ["taskid"]), (#"{"taskId":2,"task_id":1}"#, 2, ["taskid"]),
        (#"{"task_id":1,"Task_Id":2}"#, 1, ["taskid"]),
        // A conflict is named once.
        (#"{"taskId":1,"task_id":2,"TASK_ID":3,"other":null,"Other":4}"#, 1, ["taskid"]),
        // A blank member is absent.
        (#"{"taskId":1,"TaskId":" ","TASKID":null}"#, 1, []),
    ])
    func oneOfSeveralMembersCounts(_ text: String, _ value: Int64, _ conflicts: [String]) throws {
        let object = try Self.object(text)
        #expect(object["taskid"]?.integer == value)
        #expect(object.conflicts == conflicts)
    }

    @Test func theFirstOfTheNamesCounts() throws {
        let object = try Self.object(#"{"b":2,"c":3}"#)
        #expect(object["a", "b", "c"]?.integer == 2)
        #expect(object["a", "c"]?.integer == 3)
        #expect(object["c", "b"]?.integer == 3)
        #expect(object["a"] == nil && object["d", "e", "bb"] == nil)
    }

    @Test(arguments: 0...40) func everyMemberOfARecordOfAnySizeIsFound(_ count: Int) throws {
        let names = (0..<count).map { number in "member" + String(repeating: "x", count: (number * 7) % 41) }
        let text = names.enumerated().map { #""\#($1)":\#($0)"# }.joined(separator: ",")
        let object = try Self.object("{\(text)}")
        for (number, name) in names.enumerated() { #expect(object[name]?.integer == Int64(number)) }
        #expect(object["membe"] == nil && object["memberz"] == nil)
    }
}
