#include "core/preferences/skills.h"
#include "tests/core/preferences/preferences_support.h"

using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::readSkills;
using preferences::skillFolders;
namespace fs = std::filesystem;

class TestSkills : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_temporary->path().toStdString()) / "skills";
    }

    void frontMatter_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("name");
        QTest::addColumn<std::string>("tier"); // "" = none
        QTest::addColumn<int>("problems");
        const auto row = [](const char* title, std::string text, const char* name, const char* tier,
                            int problems = 0) {
            QTest::newRow(title) << std::move(text) << std::string(name) << std::string(tier) << problems;
        };
        row("tier", "---\nname: refactor\ndescription: x\ntier: coding\n---\n# Refactor\n", "refactor",
            "coding");
        row("model_tier", "---\nmodel_tier: deep\n---\n", "folder", "deep");
        row("tier wins", "---\nmodel_tier: deep\ntier: smart\n---\n", "folder", "smart");
        row("CRLF and BOM", "\xEF\xBB\xBF---\r\ntier: \"coding\"\r\n---\r\ntext", "folder", "coding");
        row("no tier", "---\nname: x\n---\n", "x", "");
        row("empty tier", "---\ntier:\n---\n", "folder", "");
        row("no front matter", "# tier: coding\n", "folder", "");
        row("not closed", "---\ntier: coding\n", "folder", "");
        row("empty file", "", "folder", "");
        row("empty front matter", "---\n---\n", "folder", "");
        row("not YAML", "---\ntier: [coding\n---\n", "folder", "", 1);
        row("a list", "---\n- tier\n---\n", "folder", "", 1);
        row("tier is a map", "---\ntier: {a: b}\n---\n", "folder", "", 1);
        row("brackets without end", "---\ntier: " + std::string(20'000, '[') + "\n---\n", "folder", "", 1);
    }

    void frontMatter() {
        QFETCH(std::string, text);
        QFETCH(std::string, name);
        QFETCH(std::string, tier);
        QFETCH(int, problems);
        putFile(m_folder / "folder" / "SKILL.md", text);
        const auto reading = readSkills({m_folder});
        QVERIFY2(static_cast<int>(reading.problems.size()) == problems, listed(reading.problems).c_str());
        for (const auto& problem : reading.problems)
            QVERIFY(problem.severity == preferences::Severity::Warning);
        QCOMPARE(reading.tiers.size(), tier.empty() ? std::size_t{0} : std::size_t{1});
        if (!tier.empty())
            QCOMPARE(reading.tiers.at(name), tier);
    }

    void theEarlierFolderCounts() {
        const fs::path other = m_folder.parent_path() / "other";
        putFile(m_folder / "a" / "SKILL.md", "---\ntier: coding\n---\n");
        putFile(m_folder / "silent" / "SKILL.md", "---\nname: b\n---\n");
        putFile(other / "a" / "SKILL.md", "---\ntier: deep\n---\n");
        putFile(other / "b" / "SKILL.md", "---\ntier: deep\n---\n");
        putFile(other / "c" / "SKILL.md", "---\ntier: deep\n---\n");
        putFile(other / "notes.md", "---\ntier: deep\n---\n");
        const auto reading = readSkills({m_folder, other, "/no/such/folder"});
        QVERIFY(reading.tiers ==
                (std::map<std::string, std::string, std::less<>>{{"a", "coding"}, {"c", "deep"}}));
    }

    void skillsWithoutATierAreKnownToo() {
        putFile(m_folder / "b" / "SKILL.md", "---\nname: brief\ndescription: >\n  Says it\n  shortly\n---\n");
        putFile(m_folder / "a" / "SKILL.md", "---\ntier: coding\n---\n");
        const auto reading = readSkills({m_folder});
        QCOMPARE(reading.skills.size(), std::size_t{2});
        QCOMPARE(reading.skills[0].name, std::string("a"));
        QCOMPARE(reading.skills[0].tier, std::string("coding"));
        QCOMPARE(reading.skills[1].name, std::string("brief"));
        QCOMPARE(reading.skills[1].description, std::string("Says it shortly\n"));
        QVERIFY(reading.skills[1].tier.empty());
        QVERIFY(reading.skills[1].file == m_folder / "b" / "SKILL.md");
    }

    void relativeFoldersStartAtTheWorkspace() {
        QVERIFY(skillFolders(Workspace("/w"), R"({"skillDirectories": ["more"]})") ==
                (std::vector<fs::path>{"/w/skills", "/w/more"}));
    }

    void foldersFromThePreferences() {
        qputenv("HOME", "/home/someone");
        const Workspace workspace("/w");
        using Paths = std::vector<fs::path>;
        QVERIFY(skillFolders(workspace, "") == Paths{"/w/skills"});
        QVERIFY(skillFolders(workspace, "{") == Paths{"/w/skills"});
        QVERIFY(skillFolders(
                    workspace,
                    R"({"modelRouter": {"skillDirectories": ["~/.claude/skills", "/x", 5, "", "~"]}})") ==
                (Paths{"/w/skills", "/home/someone/.claude/skills", "/x", "/home/someone"}));
        QVERIFY(skillFolders(workspace, R"({"skillDirectories": ["\u002fy"]})") ==
                (Paths{"/w/skills", "/y"}));
        QVERIFY(skillFolders(workspace, R"({"skillDirectories": "~/x"})") == Paths{"/w/skills"});
    }

    void stampsNoticeEveryChange() {
        putFile(m_folder / "a" / "SKILL.md", "---\ntier: coding\n---\n");
        fs::create_directory(m_folder / "empty");
        const auto stale = [&] { return readSkills({m_folder}).stamps; };
        auto stamps = stale();
        QVERIFY(!stamps.areStale());
        putFile(m_folder / "a" / "SKILL.md", "---\ntier: smart, not coding\n---\n");
        QVERIFY(stamps.areStale());
        stamps = stale();
        putFile(m_folder / "empty" / "SKILL.md", "x");
        QVERIFY(stamps.areStale());
        stamps = stale();
        fs::remove_all(m_folder / "a");
        QVERIFY(stamps.areStale());
        stamps = readSkills({m_folder / "later"}).stamps;
        QVERIFY(!stamps.areStale());
        fs::create_directory(m_folder / "later");
        QVERIFY(stamps.areStale());
    }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestSkills)
#include "tst_skills.moc"
