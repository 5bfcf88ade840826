#include "core/preferences/preferences_file.h"
#include "tests/core/preferences/preferences_support.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::PreferencesFile;
namespace fs = std::filesystem;

class TestPreferencesFile : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_path = fs::path(m_temporary->path().toStdString()) / "preferences" / "model-router.json";
        m_history = fs::path(m_temporary->path().toStdString()) / "history";
    }

    void sampleSavesBackByteForByte() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QVERIFY(!file.isModified());
        const auto before = stampOf(m_path);
        QVERIFY(file.save());
        QVERIFY(stampOf(m_path) == before);
        QCOMPARE(onDisk(), std::string(routerSample));
        QVERIFY(!fs::exists(m_history));
    }

    void editingCodingModelChangesOnlyItsBytes() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QCOMPARE(file.pointerTo("codingModel"), std::string("/modelRouter/codingModel"));
        QVERIFY(file.set(file.pointerTo("codingModel"), "\"sim/fast\""));
        QVERIFY(file.isModified());
        QVERIFY(file.save());
        QVERIFY(!file.isModified());
        std::string expected(routerSample);
        const std::string former = "\"openai/gpt-5.2\",\n\"deepModel\"";
        expected.replace(expected.find(former), former.size(), "\"sim/fast\",\n\"deepModel\"");
        QCOMPARE(onDisk(), expected);
        QCOMPARE(versions().size(), std::size_t{1});
        QCOMPARE(readFile(versions().front()).value(), std::string(routerSample));
    }

    void keepsOddBytes() {
        const std::string odd =
            "\xEF\xBB\xBF{\r\n\t\"balancedModel\" : \"openai\\/gpt-5.1\",\r\n\t\"temperature\":0.70,"
            "\r\n\t\"x\": 1, \"x\": 1E2}";
        putFile(m_path, odd);
        auto file = loaded();
        QCOMPARE(file.root(), std::string());
        QVERIFY(file.set("/balancedModel", "\"sim/steady\""));
        QVERIFY(file.save());
        auto again = loaded();
        QVERIFY(again.set("/balancedModel", "\"openai\\/gpt-5.1\""));
        QVERIFY(again.save());
        QCOMPARE(onDisk(), odd);
    }

    void setMakesAMissingFile() {
        auto file = loaded();
        QVERIFY(!file.exists());
        QVERIFY(file.isEditable());
        QCOMPARE(file.text(), std::string());
        QCOMPARE(file.pointerTo("balancedModel"), std::string("/modelRouter/balancedModel"));
        QVERIFY(!file.changedOutside());
        const auto edit = file.set("/modelRouter/balancedModel", "\"sim/steady\"");
        QVERIFY(edit);
        const std::string expected =
            "{\n  \"modelRouter\": {\n    \"balancedModel\": \"sim/steady\"\n  }\n}\n";
        QCOMPARE(file.text(), expected);
        QVERIFY(file.apply(edit->inverse()));
        QVERIFY(!file.isModified());
        QVERIFY(file.save());
        QVERIFY(!fs::exists(m_path));
        QVERIFY(file.apply(*edit));
        QVERIFY(file.save());
        QCOMPARE(onDisk(), expected);
        QVERIFY(file.exists());

        struct stat status {};

        QCOMPARE(::stat(m_path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0600});
    }

    void setOnAMissingFileWithoutTheWrapperAddsIt() {
        auto file = loaded();
        QVERIFY(file.set("/balancedModel", "\"sim/steady\""));
        QCOMPARE(std::string(file.value("/modelRouter/balancedModel").value()),
                 std::string("\"sim/steady\""));
    }

    void unsetInTheSameProcessForgetsTheMissingFile() {
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/tiers/background/model", "\"sim/fast\""));
        QVERIFY(file.unset("/modelRouter/tiers/background/model"));
        QCOMPARE(file.text(), std::string());
        QVERIFY(!file.isModified());
    }

    void anEmptyObjectIsWrapped() {
        putFile(m_path, "{}\n");
        QCOMPARE(loaded().root(), std::string("/modelRouter"));
        putFile(m_path, "{\"temperature\": 1}\n");
        QCOMPARE(loaded().root(), std::string());
    }

    void setThenUnsetInAnotherProcess_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("pointer");
        const std::string sample(routerSample);
        QTest::newRow("a member") << sample << std::string("/modelRouter/retries");
        QTest::newRow("with parents") << sample << std::string("/modelRouter/tiers/background/model");
        QTest::newRow("beside the wrapper") << sample << std::string("/x/y");
        QTest::newRow("into nothing") << std::string("{}") << std::string("/modelRouter/balancedModel");
        QTest::newRow("into nothing over two lines")
            << std::string("{\r\n}\r\n") << std::string("/modelRouter/a/b");
        QTest::newRow("single line") << std::string("{ \"modelRouter\" : { } }")
                                     << std::string("/modelRouter/a/b/c");
        QTest::newRow("tabs, no newline at the end")
            << std::string("{\n\t\"modelRouter\": {\n\t\t\"temperature\": 0.70\n\t}\n}")
            << std::string("/modelRouter/rules/-");
    }

    void setThenUnsetInAnotherProcess() {
        QFETCH(std::string, text);
        QFETCH(std::string, pointer);
        putFile(m_path, text);
        {
            auto file = loaded();
            QVERIFY(file.set(pointer, "\"first\""));
            QVERIFY(file.save());
        }
        if (pointer.ends_with('-'))
            pointer.back() = '0';
        {
            auto file = loaded();
            QVERIFY(file.set(pointer, "{\"second\": [1, 2]}"));
            QVERIFY(file.save());
        }
        {
            auto file = loaded();
            const auto edit = file.unset(pointer);
            QVERIFY(edit);
            QCOMPARE(file.text(), text);
            QVERIFY(file.apply(edit->inverse()));
            QVERIFY(file.unset(pointer));
            QVERIFY(file.save());
        }
        QCOMPARE(onDisk(), text);
    }

    void unsetOfWhatSomeoneElseWroteJustRemoves() {
        putFile(m_path,
                "{\n  \"modelRouter\": {\n    \"a\": {\n      \"b\": 1\n    },\n    \"c\": 2\n  }\n}\n");
        auto file = loaded();
        QVERIFY(file.unset("/modelRouter/a/b"));
        QCOMPARE(file.text(), std::string("{\n  \"modelRouter\": {\n    \"a\": {},\n    \"c\": 2\n  }\n}\n"));
        QVERIFY(file.unset("/modelRouter/nothing").error().code == ErrorCode::NotFound);
    }

    void whatDoesNotParseIsNeverOverwritten() {
        const std::string broken = "{\n  \"modelRouter\": {,}\n}\n";
        putFile(m_path, broken);
        auto file = loaded();
        QVERIFY(!file.isEditable());
        QVERIFY(file.exists());
        QCOMPARE(file.parseError()->detail, std::string("line 2, column 19"));
        QCOMPARE(file.text(), broken);
        QVERIFY(!file.isModified());
        QVERIFY(!file.value("/modelRouter"));
        QVERIFY(file.set("/modelRouter/balancedModel", "1").error().code == ErrorCode::ReadOnly);
        QVERIFY(file.unset("/modelRouter").error().code == ErrorCode::ReadOnly);
        QVERIFY(file.apply({0, "", "x"}).error().code == ErrorCode::ReadOnly);
        QVERIFY(file.save().error().code == ErrorCode::ReadOnly);
        QVERIFY(file.save(PreferencesFile::OnConflict::KeepMine).error().code == ErrorCode::ReadOnly);
        QCOMPARE(onDisk(), broken);
    }

    void changesOutsideAreAConflict() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/temperature", "1"));
        QVERIFY(!file.changedOutside());
        const std::string theirs = "{\"modelRouter\": {\"balancedModel\": \"sim/x\"}}";
        QVERIFY(writeFileAtomically(m_path, theirs));
        QVERIFY(file.changedOutside());
        QVERIFY(file.save().error().code == ErrorCode::Conflict);
        QCOMPARE(onDisk(), theirs);
        QVERIFY(file.isModified());
        QVERIFY(file.save(PreferencesFile::OnConflict::KeepMine));
        QCOMPARE(onDisk(), file.text());
        QCOMPARE(readFile(versions().back()).value(), theirs);
        QVERIFY(!file.changedOutside());
        QVERIFY(file.save());
    }

    void aTouchedFileIsNoConflict() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QVERIFY(writeFileAtomically(m_path, routerSample));
        QVERIFY(!file.changedOutside());
        QVERIFY(file.set("/modelRouter/temperature", "1"));
        QVERIFY(file.save());
    }

    void aDeletedOrAddedFileIsAConflict() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/temperature", "1"));
        fs::remove(m_path);
        QVERIFY(file.changedOutside());
        QVERIFY(file.save().error().code == ErrorCode::Conflict);
        QVERIFY(file.save(PreferencesFile::OnConflict::KeepMine));
        QCOMPARE(onDisk(), file.text());

        fs::remove(m_path);
        auto fresh = loaded();
        QVERIFY(fresh.set("/modelRouter/temperature", "1"));
        putFile(m_path, routerSample);
        QVERIFY(fresh.changedOutside());
        QVERIFY(fresh.save().error().code == ErrorCode::Conflict);
        QCOMPARE(onDisk(), std::string(routerSample));
    }

    void keepMineRestoresEvenWhatWasNotEdited() {
        putFile(m_path, routerSample);
        auto file = loaded();
        putFile(m_path, "{\"modelRouter\": {}}");
        QVERIFY(file.save(PreferencesFile::OnConflict::KeepMine));
        QCOMPARE(onDisk(), std::string(routerSample));
    }

    void historyKeepsTheLastTwoHundred() {
        putFile(m_path, "{\"modelRouter\": {\"n\": -1}}");
        auto file = loaded();
        for (int i = 0; i < 210; ++i) {
            QVERIFY(file.set("/modelRouter/n", std::to_string(i)));
            QVERIFY(file.save());
        }
        const auto kept = versions();
        QCOMPARE(kept.size(), std::size_t{200});
        QCOMPARE(readFile(kept.back()).value(), std::string("{\"modelRouter\": {\"n\": 208}}"));
        QCOMPARE(readFile(kept.front()).value(), std::string("{\"modelRouter\": {\"n\": 9}}"));

        struct stat status {};

        QCOMPARE(::stat(kept.front().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0600});
        QCOMPARE(::stat(m_history.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0700});
    }

    void fullDiskLosesNothing() {
        putFile(m_path, routerSample);
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/note", "\"" + std::string(100'000, 'x') + "\""));
        {
            const auto handler = std::signal(SIGXFSZ, SIG_IGN);
            rlimit former{};
            ::getrlimit(RLIMIT_FSIZE, &former);
            const rlimit limit{8192, former.rlim_max};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto saved = file.save();
            ::setrlimit(RLIMIT_FSIZE, &former);
            std::signal(SIGXFSZ, handler);
            QVERIFY(!saved);
            QVERIFY(saved.error().code == ErrorCode::DiskFull);
        }
        QCOMPARE(onDisk(), std::string(routerSample));
        QVERIFY(file.isModified());
        QCOMPARE(entriesIn(m_path.parent_path()), std::size_t{1});
        QVERIFY(file.save());
        QCOMPARE(versions().size(),
                 std::size_t{1}); // the version that the failed save kept is not kept twice
    }

    void withoutAHistoryNothingIsReplaced() {
        putFile(m_path, routerSample);
        putFile(m_history, "a file where a folder should be");
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/temperature", "1"));
        QVERIFY(!file.save());
        QCOMPARE(onDisk(), std::string(routerSample));
        QVERIFY(file.isModified());
    }

    void aFolderInTheFilesPlaceIsAnError() {
        fs::create_directories(m_path);
        const auto file = PreferencesFile::load(m_path, m_history, "modelRouter");
        QVERIFY(!file);
        QVERIFY(file.error().code == ErrorCode::IoFailed);
    }

    void symlinksStaySymlinks() {
        const fs::path real = m_path.parent_path() / "dotfiles" / "router.json";
        putFile(real, routerSample);
        fs::create_symlink(real, m_path);
        auto file = loaded();
        QVERIFY(file.set("/modelRouter/temperature", "1"));
        QVERIFY(file.save());
        QVERIFY(fs::is_symlink(m_path));
        QCOMPARE(readFile(real).value(), file.text());
    }

    void savesOfManyProcessesAreAllKept() {
        putFile(m_path, "{\"modelRouter\": {\"n\": 0}}");
        constexpr int processes = 4;
        constexpr int rounds = 15;
        std::vector<pid_t> children;
        for (int i = 0; i < processes; ++i) {
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                for (int done = 0; done < rounds;) {
                    auto file = PreferencesFile::load(m_path, m_history, "modelRouter");
                    if (!file || !file->isEditable())
                        ::_exit(1);
                    const int n = std::stoi(std::string(file->value("/modelRouter/n").value()));
                    if (!file->set("/modelRouter/n", std::to_string(n + 1)))
                        ::_exit(2);
                    const auto saved = file->save();
                    if (saved)
                        ++done;
                    else if (saved.error().code != ErrorCode::Conflict)
                        ::_exit(3);
                }
                ::_exit(0);
            }
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QCOMPARE(status, 0);
        }
        QCOMPARE(onDisk(), "{\"modelRouter\": {\"n\": " + std::to_string(processes * rounds) + "}}");
    }

private:
    [[nodiscard]] PreferencesFile loaded() const {
        auto file = PreferencesFile::load(m_path, m_history, "modelRouter");
        if (!file)
            qFatal("%s", file.error().message.c_str());
        return std::move(*file);
    }

    [[nodiscard]] std::string onDisk() const { return readFile(m_path).value(); }

    [[nodiscard]] std::vector<fs::path> versions() const {
        std::vector<fs::path> paths{fs::directory_iterator(m_history / "model-router.json"),
                                    fs::directory_iterator()};
        std::sort(paths.begin(), paths.end());
        return paths;
    }

    static std::size_t entriesIn(const fs::path& folder) {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    std::unique_ptr<QTemporaryDir> m_temporary;
    fs::path m_path;
    fs::path m_history;
};

QTEST_APPLESS_MAIN(TestPreferencesFile)
#include "tst_preferences_file.moc"
