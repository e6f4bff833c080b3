import CoverModel
import Testing

@testable import CoverAPI

/// Tests which names of key files errors show.
struct KeyFileNameTests {
    /// The path is absolute, because a log does not contain the folder in which the bridge was started.
    @Test(arguments: [
        ("/nowhere/ABCDEFGH", "/nowhere/ABCDEFGH"), ("./ABCDEFGH", "HERE/ABCDEFGH"),
        ("../ABCDEFGH", "HERE/../ABCDEFGH"),
        ("kie.key", "HERE/kie.key"), ("my key.txt", "HERE/my key.txt"), ("/kie.env", "/kie.env"),
        ("/tmp/ABCDEFGH1234567890abcdef.json", "/tmp/ABCDEFGH1234567890abcdef.json"),
        ("/tmp/kie_api_key_of_production", "/tmp/kie_api_key_of_production"),
    ])
    func thePathOfAMissingFileIsShown(_ path: String, _ shown: String) throws {
        let here = String(absolutePath("").dropLast())
        let whole = shown.hasPrefix("HERE") ? here + shown.dropFirst(4) : shown
        let error = #expect(throws: CoverError.self) { try PasswordFile.password(in: path) }
        #expect(
            error?.message.hasPrefix("The password file \(whole) cannot be read: No such file") == true,
            "\(error?.message ?? "")"
        )
        #expect(throws: Never.self) { try SecretFile("key", at: path).checkName() }
    }

    /// The name may be a password, so no error shows it.
    @Test(arguments: [
        ("$HOME/.config/kie.key", "no shell replaced the variable"), ("${HOME}/kie", "no shell replaced the variable"),
        ("file:///home/me/kie.key", "not a URL"),
    ])
    func aNameThatIsNoPathGetsAHint(_ path: String, _ hint: String) {
        let faults = [
            #expect(throws: CoverError.self) { try KeyFile.key(in: path, patience: .zero) }?.message,
            #expect(throws: CoverError.self) { try PasswordFile.password(in: path) }?.message,
            #expect(throws: SecretFile.Fault.self) { try SecretFile("key", at: path).checkName() }?.message,
        ]
        for fault in faults {
            #expect(fault?.contains(hint) == true && fault?.contains("kie") == false, "\(fault ?? "")")
        }
    }
}
