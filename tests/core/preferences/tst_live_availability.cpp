#include "core/preferences/availability_file.h"
#include "core/preferences/live_availability.h"
#include "tests/core/preferences/preferences_support.h"

#include <QTest>

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::preferences;
using namespace tierdeck::routing;
using namespace tierdeck::testing;
using namespace std::chrono_literals;

namespace {

Exhaustion exhausted(std::string target, std::optional<UtcTime> until = {},
                     Exhaustion::Source source = Exhaustion::Source::Headers) {
    return {std::move(target), until, "the weekly limit is reached", source, FakeClock().now()};
}

QuotaReading reading(std::string quota, double percent) {
    return {std::move(quota),
            {{"primary", percent, FakeClock().now() + 5h}, {"secondary", 7, {}}},
            FakeClock().now(),
            40};
}

} // namespace

class LiveAvailabilityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_folder.emplace();
        m_workspace.emplace(m_folder->path().toStdString());
    }

    void nothingIsMadeUntilSomethingIsSaid() {
        LiveAvailability live(*m_workspace, m_clock);
        QVERIFY(*live.current() == AvailabilityState());
        live.flush();
        QVERIFY(!std::filesystem::exists(m_workspace->stateFolder()));
    }

    void whatWasReportedSurvives() {
        {
            LiveAvailability live(*m_workspace, m_clock);
            live.report(exhausted("codex", m_clock.now() + 1h));
            live.report(exhausted("openai/*", {}, Exhaustion::Source::ErrorBody));
            live.report(reading("codex-cli", 61.5));
            QCOMPARE(live.current()->exhausted.size(), std::size_t{2}); // at once
        }
        LiveAvailability live(*m_workspace, m_clock);
        const auto state = live.current();
        QVERIFY((state->exhausted == std::vector{exhausted("codex", m_clock.now() + 1h),
                                                 exhausted("openai/*", {}, Exhaustion::Source::ErrorBody)}));
        QVERIFY((state->quotas == std::vector{reading("codex-cli", 61.5)}));
        QCOMPARE(live.problem(), std::string());

        struct stat status {};

        QCOMPARE(::stat(m_workspace->availabilityFile().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777u, 0600u);
    }

    /// A kill must not lose it, and `availability clear` of the next moment must find it.
    void exhaustionIsWrittenAtOnce() {
        LiveAvailability live(*m_workspace, m_clock);
        auto soonest = std::chrono::steady_clock::duration::max();
        for (int i = 0; i < 5 && soonest > 300ms; ++i) {
            live.report(reading("codex-cli", i));
            live.flush(); // from here on the next reading would wait a second
            const auto start = std::chrono::steady_clock::now();
            live.report(exhausted("model/" + std::to_string(i)));
            const auto isOnDisk = [&] {
                const auto found = readAvailability(*m_workspace);
                return found && found->exhausted.size() == static_cast<std::size_t>(i) + 1;
            };
            while (!isOnDisk() && std::chrono::steady_clock::now() < start + 10s)
                std::this_thread::yield();
            soonest = std::min(soonest, std::chrono::steady_clock::now() - start);
        }
        QVERIFY2(soonest < 300ms,
                 qPrintable(QString::number(std::chrono::duration<double>(soonest).count())));
    }

    void anotherProgramsWordIsHeard() {
        LiveAvailability live(*m_workspace, m_clock);
        live.report(reading("codex-cli", 10));
        const auto done = updateAvailability(*m_workspace, m_clock.now(), [&](AvailabilityState& state) {
            state.add(exhausted("codex", {}, Exhaustion::Source::Command));
        });
        QVERIFY(done);
        m_clock.pass(25ms);
        QCOMPARE(live.current()->exhausted.size(), std::size_t{1});
        QCOMPARE(live.current()->quotas.size(), std::size_t{1}); // not lost by reading
        live.report(exhausted("openai"));
        live.flush();
        const auto both = readAvailability(*m_workspace);
        QVERIFY(both);
        QCOMPARE(both->exhausted.size(), std::size_t{2});

        // Clearing counts for the running one, too.
        QVERIFY(updateAvailability(*m_workspace, m_clock.now(), [](AvailabilityState& state) {
            state.clear("codex");
            state.clear("openai");
        }));
        m_clock.pass(25ms);
        QVERIFY(live.current()->exhausted.empty());
    }

    void whatHasPassedGoesFromTheFile() {
        QVERIFY(updateAvailability(*m_workspace, m_clock.now(), [&](AvailabilityState& state) {
            state.add(exhausted("codex", m_clock.now() + 1h));
            state.add(exhausted("openai", m_clock.now() + 3h));
        }));
        const auto left = updateAvailability(*m_workspace, m_clock.now() + 2h, [](AvailabilityState&) {});
        QVERIFY(left);
        QCOMPARE(left->exhausted.size(), std::size_t{1});
        QCOMPARE(readAvailability(*m_workspace)->exhausted.front().target, std::string("openai"));
    }

    void aChangeThatChangesNothingWritesNothing() {
        const auto say = [&](AvailabilityState& state) { state.add(exhausted("codex")); };
        QVERIFY(updateAvailability(*m_workspace, m_clock.now(), say));
        const auto before = stampOf(m_workspace->availabilityFile());
        QVERIFY(updateAvailability(*m_workspace, m_clock.now(), say));
        QVERIFY(stampOf(m_workspace->availabilityFile()) == before);
        QVERIFY(!std::filesystem::exists(m_workspace->quotasFile()));
    }

    void damagedFiles_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("half") << QByteArray("{\"entries\": [{\"target\"");
        QTest::newRow("another document") << QByteArray("[1, 2]");
        QTest::newRow("no target") << QByteArray("{\"entries\": [{\"until\": null}]}");
        QTest::newRow("a wrong time")
            << QByteArray("{\"entries\": [{\"target\": \"x\", \"until\": \"soon\", \"since\": \"now\"}]}");
        QTest::newRow("a number as time")
            << QByteArray("{\"entries\": [{\"target\": \"x\", \"until\": 5, \"since\": 5}]}");
    }

    void damagedFiles() {
        QFETCH(QByteArray, bytes);
        const auto file = m_workspace->availabilityFile();
        QVERIFY(writeFileAtomically(file, bytes.toStdString()));
        QVERIFY(writeFileAtomically(m_workspace->quotasFile(), "{\"quotas\": []}"));
        const auto read = readAvailability(*m_workspace);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::ParseFailed);
        LiveAvailability live(*m_workspace, m_clock);
        QVERIFY(live.current()->exhausted.empty());
        QVERIFY(!live.problem().empty());
        live.report(exhausted("codex"));
        live.flush();
        QCOMPARE(live.problem(), std::string());
        QCOMPARE(readAvailability(*m_workspace)->exhausted.size(), std::size_t{1});
        QCOMPARE(readFile(file.string() + ".bad").value(), bytes.toStdString()); // kept to be looked at
    }

    void whereNothingCanBeWrittenItHoldsAllTheSame() {
        if (::geteuid() == 0) {
            // A file in the folder's place stops also those who may do everything.
            QVERIFY(writeFileAtomically(m_workspace->root() / "state", "no folder"));
        } else {
            std::filesystem::permissions(m_workspace->root(), std::filesystem::perms::owner_read |
                                                                  std::filesystem::perms::owner_exec);
        }
        {
            LiveAvailability live(*m_workspace, m_clock);
            live.report(exhausted("codex"));
            live.flush();
            QVERIFY(!live.problem().empty());
            QCOMPARE(live.current()->exhausted.size(), std::size_t{1});
        }
        std::filesystem::permissions(m_workspace->root(), std::filesystem::perms::owner_all);
    }

    void manyAtOnceLoseNothing() {
        std::atomic<bool> done = false;
        {
            LiveAvailability first(*m_workspace, m_clock);
            LiveAvailability second(*m_workspace, m_clock);
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([&, i] {
                    for (int k = 0; k < 25; ++k) {
                        auto& live = k % 2 ? first : second;
                        live.report(exhausted("p" + std::to_string(i * 25 + k)));
                        live.report(reading("q" + std::to_string(i), k));
                        (void)live.current();
                    }
                });
            }
            std::thread commands([&] {
                for (int k = 0; k < 20; ++k)
                    (void)updateAvailability(*m_workspace, m_clock.now(), [&](AvailabilityState& state) {
                        state.add(exhausted("c" + std::to_string(k), {}, Exhaustion::Source::Command));
                    });
                done = true;
            });
            for (auto& thread : threads)
                thread.join();
            commands.join();
            first.flush();
        }
        QVERIFY(done);
        const auto state = readAvailability(*m_workspace);
        QVERIFY(state);
        QCOMPARE(state->exhausted.size(), std::size_t{120});
        QCOMPARE(state->quotas.size(), std::size_t{4});
    }

private:
    std::optional<QTemporaryDir> m_folder;
    std::optional<Workspace> m_workspace;
    FakeClock m_clock;
};

QTEST_GUILESS_MAIN(LiveAvailabilityTest)
#include "tst_live_availability.moc"
