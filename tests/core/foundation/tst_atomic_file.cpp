#include "core/foundation/atomic_file.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

using namespace tierdeck;
namespace fs = std::filesystem;

namespace {

mode_t modeOf(const fs::path& path) {
    struct stat status {};

    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

void put(const fs::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::size_t entriesIn(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// No file of this process may grow beyond a limit: what a full disk looks like to a writer.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        m_formerHandler = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_former);
        const rlimit limit{bytes, m_former.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &m_former);
        std::signal(SIGXFSZ, m_formerHandler);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit m_former{};
    void (*m_formerHandler)(int) = SIG_DFL;
};

/// Permissions mean nothing to root, so root looks at them as somebody else.
class WithoutRoot {
public:
    WithoutRoot()
        : m_wasRoot(::geteuid() == 0) {
        if (m_wasRoot && ::seteuid(65534) != 0)
            qFatal("cannot drop root");
    }

    ~WithoutRoot() {
        if (m_wasRoot && ::seteuid(0) != 0)
            qFatal("cannot take root back");
    }

    WithoutRoot(const WithoutRoot&) = delete;
    WithoutRoot& operator=(const WithoutRoot&) = delete;

private:
    bool m_wasRoot;
};

} // namespace

class TestAtomicFile : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_temporary = std::make_unique<QTemporaryDir>();
        QVERIFY(m_temporary->isValid());
        m_folder = m_temporary->path().toStdString();
    }

    void newFileAndFoldersAreTheOwnersAlone() {
        const fs::path path = m_folder / "a" / "b" / "file.json";
        QVERIFY(writeFileAtomically(path, "new"));
        QCOMPARE(readFile(path).value(), std::string("new"));
        QCOMPARE(modeOf(path), mode_t{0600});
        QCOMPARE(modeOf(m_folder / "a"), mode_t{0700});
        QCOMPARE(modeOf(m_folder / "a" / "b"), mode_t{0700});
    }

    void replacesWholeAndKeepsTheMode() {
        const fs::path path = m_folder / "file";
        put(path, "a long former text");
        ::chmod(path.c_str(), 0644);
        QVERIFY(writeFileAtomically(path, "short"));
        QCOMPARE(readFile(path).value(), std::string("short"));
        QCOMPARE(modeOf(path), mode_t{0644});
        QCOMPARE(entriesIn(m_folder), std::size_t{1});
    }

    void keepsTheOwner() {
        if (::geteuid() != 0)
            QSKIP("only root can give files away");
        const fs::path path = m_folder / "file";
        put(path, "former");
        QCOMPARE(::chown(path.c_str(), 12345, 23456), 0);
        ::chmod(path.c_str(), 0640);
        QVERIFY(writeFileAtomically(path, "new"));

        struct stat status {};

        QCOMPARE(::stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_uid, uid_t{12345});
        QCOMPARE(status.st_gid, gid_t{23456});
        QCOMPARE(modeOf(path), mode_t{0640});
    }

    void refusesToTakeAFileFromItsOwner() {
        if (::geteuid() != 0)
            QSKIP("only root can give files away");
        ::chmod(m_folder.c_str(), 0777);
        const fs::path path = m_folder / "file";
        put(path, "former");
        ::chmod(path.c_str(), 0666);
        {
            const WithoutRoot somebody;
            const auto written = writeFileAtomically(path, "new");
            QVERIFY(!written);
            QVERIFY(written.error().code == ErrorCode::ReadOnly);
        }
        QCOMPARE(readFile(path).value(), std::string("former"));
        QCOMPARE(entriesIn(m_folder), std::size_t{1});
    }

    void followsSymlinks() {
        const fs::path real = m_folder / "dotfiles" / "real.json";
        fs::create_directory(real.parent_path());
        put(real, "former");
        const fs::path link = m_folder / "link.json";
        fs::create_symlink("dotfiles/real.json", link);
        const fs::path second = m_folder / "second.json";
        fs::create_symlink(link, second);
        QVERIFY(writeFileAtomically(second, "new"));
        QVERIFY(fs::is_symlink(second));
        QVERIFY(fs::is_symlink(link));
        QCOMPARE(readFile(real).value(), std::string("new"));
    }

    void makesTheTargetOfADanglingSymlink() {
        const fs::path link = m_folder / "link.json";
        fs::create_symlink("later/real.json", link);
        QVERIFY(writeFileAtomically(link, "new"));
        QVERIFY(fs::is_symlink(link));
        QCOMPARE(readFile(m_folder / "later" / "real.json").value(), std::string("new"));
    }

    void refusesALoopOfSymlinks() {
        fs::create_symlink("b", m_folder / "a");
        fs::create_symlink("a", m_folder / "b");
        const auto written = writeFileAtomically(m_folder / "a", "new");
        QVERIFY(!written);
        QVERIFY(written.error().code == ErrorCode::IoFailed);
    }

    void fullDiskLeavesTheFormerFileAlone() {
        const fs::path path = m_folder / "file";
        put(path, "former");
        {
            const FileSizeLimit limit(4096);
            const auto written = writeFileAtomically(path, std::string(100'000, 'x'));
            QVERIFY(!written);
            QVERIFY(written.error().code == ErrorCode::DiskFull);
            QVERIFY(written.error().message.find(path.string()) != std::string::npos);
        }
        QCOMPARE(readFile(path).value(), std::string("former"));
        QCOMPARE(entriesIn(m_folder), std::size_t{1});
        QVERIFY(writeFileAtomically(path, std::string(100'000, 'x')));
    }

    void fullDiskLeavesNoNewFile() {
        const FileSizeLimit limit(10);
        QVERIFY(!writeFileAtomically(m_folder / "file", "longer than ten bytes"));
        QCOMPARE(entriesIn(m_folder), std::size_t{0});
    }

    void readOnlyFolder() {
        const fs::path path = m_folder / "file";
        put(path, "former");
        if (::geteuid() == 0)
            QCOMPARE(::chown(path.c_str(), 65534, static_cast<gid_t>(-1)), 0);
        ::chmod(m_folder.c_str(), 0555);
        {
            const WithoutRoot somebody;
            const auto written = writeFileAtomically(path, "new");
            QVERIFY(!written);
            QVERIFY(written.error().code == ErrorCode::ReadOnly);
            const auto made = makeFolder(m_folder / "sub");
            QVERIFY(!made);
            QVERIFY(made.error().code == ErrorCode::ReadOnly);
        }
        ::chmod(m_folder.c_str(), 0700);
        QCOMPARE(readFile(path).value(), std::string("former"));
        QCOMPARE(entriesIn(m_folder), std::size_t{1});
    }

    void writeProtectedFile() {
        ::chmod(m_folder.c_str(), 0777);
        const fs::path path = m_folder / "file";
        put(path, "former");
        if (::geteuid() == 0)
            QCOMPARE(::chown(path.c_str(), 65534, static_cast<gid_t>(-1)), 0);
        ::chmod(path.c_str(), 0444);
        const WithoutRoot somebody;
        const auto written = writeFileAtomically(path, "new");
        QVERIFY(!written);
        QVERIFY(written.error().code == ErrorCode::ReadOnly);
        QCOMPARE(readFile(path).value(), std::string("former"));
    }

    void aFileWhereAFolderShouldBe() {
        put(m_folder / "file", "x");
        const auto written = writeFileAtomically(m_folder / "file" / "below", "new");
        QVERIFY(!written);
        QVERIFY(written.error().code == ErrorCode::IoFailed);
        QCOMPARE(readFile(m_folder / "file").value(), std::string("x"));
    }

    void aFolderWhereAFileShouldBe() {
        fs::create_directory(m_folder / "target");
        QVERIFY(!writeFileAtomically(m_folder / "target", "new"));
        QVERIFY(fs::is_directory(m_folder / "target"));
        QCOMPARE(entriesIn(m_folder), std::size_t{1});
        const auto read = readFile(m_folder / "target");
        QVERIFY(!read);
        QVERIFY(read.error().code == ErrorCode::IoFailed);
    }

    void aLeftoverOfAKilledWriterIsNoObstacle() {
        const fs::path path = m_folder / "file";
        for (int i = 0; i < 50; ++i)
            put(m_folder / (".file." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".new"),
                "leftover");
        QVERIFY(writeFileAtomically(path, "new"));
        QCOMPARE(readFile(path).value(), std::string("new"));
        QCOMPARE(entriesIn(m_folder), std::size_t{51});
    }

    void readsWhatIsThere() {
        const auto missing = readFile(m_folder / "missing");
        QVERIFY(!missing);
        QVERIFY(missing.error().code == ErrorCode::NotFound);
        put(m_folder / "empty", "");
        QCOMPARE(readFile(m_folder / "empty").value(), std::string());
        const std::string withNul("a\0b", 3);
        put(m_folder / "nul", withNul);
        QCOMPARE(readFile(m_folder / "nul").value(), withNul);
        for (const std::size_t size : {4095U, 4096U, 4097U, 300'000U}) {
            put(m_folder / "sized", std::string(size, 'y'));
            QCOMPARE(readFile(m_folder / "sized").value().size(), size);
        }
        // Its size is said to be 0.
        QVERIFY(readFile("/proc/self/status").value().find("Name:") != std::string::npos);
    }

    void aReaderNeverSeesHalf() {
        const fs::path path = m_folder / "file";
        const std::string one(20'000, '1');
        const std::string two(30'000, '2');
        QVERIFY(writeFileAtomically(path, one));
        std::atomic<bool> done{false};
        std::atomic<int> torn{0};
        std::thread reader([&] {
            while (!done) {
                const auto bytes = readFile(path);
                if (!bytes || (*bytes != one && *bytes != two))
                    ++torn;
            }
        });
        for (int i = 0; i < 100; ++i)
            QVERIFY(writeFileAtomically(path, i % 2 == 0 ? two : one));
        done = true;
        reader.join();
        QCOMPARE(torn.load(), 0);
    }

    void killedAtAnyInstantTheFileIsOldOrNew() {
        const fs::path path = m_folder / "file";
        const auto version = [](char c) { return std::string(40'000, c); };
        QVERIFY(writeFileAtomically(path, version('0')));
        for (int round = 0; round < 20; ++round) {
            int progress[2];
            QCOMPARE(::pipe(progress), 0);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                for (char c = 'a';; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
                    if (!writeFileAtomically(path, version(c)) || ::write(progress[1], &c, 1) != 1)
                        ::_exit(1);
                }
            }
            ::close(progress[1]);
            char written = 0;
            for (int i = 0; i <= round % 5; ++i)
                QCOMPARE(::read(progress[0], &written, 1), ssize_t{1});
            for (volatile int spin = 0; spin < round * 20'000;)
                spin = spin + 1;
            ::kill(child, SIGKILL);
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY(WIFSIGNALED(status));
            ::close(progress[0]);
            const auto bytes = readFile(path);
            QVERIFY(bytes);
            QCOMPARE(bytes->size(), std::size_t{40'000});
            QVERIFY(std::all_of(bytes->begin(), bytes->end(), [&](char c) { return c == bytes->front(); }));
        }
    }

    void stampTellsAReplacement() {
        const fs::path path = m_folder / "file";
        QVERIFY(stampOf(path) == FileStamp{});
        QVERIFY(writeFileAtomically(path, "same size 1"));
        const auto first = stampOf(path);
        QVERIFY(first.size == 11);
        QVERIFY(stampOf(path) == first);
        QVERIFY(writeFileAtomically(path, "same size 2"));
        QVERIFY(stampOf(path) != first);
    }

    void fingerprintsTellTextsApart() {
        QCOMPARE(fingerprintOf("x").text().size(), std::size_t{16});
        QCOMPARE(Fingerprint{0x0a}.text(), std::string("000000000000000a"));
        // It stands in files: the same on every processor.
        QCOMPARE(fingerprintOf(std::string(1000, 'a')).text(), std::string("b3e7af627147db7c"));
        QVERIFY(fingerprintOf("") == fingerprintOf(""));
        QVERIFY(fingerprintOf("").hash != fingerprintOf(std::string_view("\0", 1)).hash);
        std::string text(200, 'a');
        std::set<std::uint64_t> hashes{fingerprintOf(text).hash};
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                std::string other = text;
                other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) ^ (1U << bit));
                hashes.insert(fingerprintOf(other).hash);
            }
            hashes.insert(fingerprintOf(std::string_view(text).substr(0, i)).hash);
        }
        QCOMPARE(hashes.size(), 1 + text.size() * 9);
    }

    void everyBitOfTheTextMovesHalfTheFingerprint() {
        std::string text = "{\"modelRouter\": {\"balancedModel\": \"openai/gpt-5.1\"}}";
        const auto before = fingerprintOf(text).hash;
        double moved = 0;
        for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
            std::string other = text;
            other[bit / 8] = static_cast<char>(static_cast<unsigned char>(other[bit / 8]) ^ (1U << bit % 8));
            const int bits = __builtin_popcountll(before ^ fingerprintOf(other).hash);
            QVERIFY2(bits > 10 && bits < 54, qPrintable(QString::number(bits)));
            moved += bits;
        }
        const double mean = moved / static_cast<double>(text.size() * 8);
        QVERIFY2(mean > 31 && mean < 33, qPrintable(QString::number(mean)));
    }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestAtomicFile)
#include "tst_atomic_file.moc"
