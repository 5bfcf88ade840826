// bench_pages [REQUESTS]: what the Sessions and the Spend page cost over a store of believable history: how
// long one event holds the GUI thread while one pages, chooses, zooms and switches ranges, and how much of a
// core following a gateway of 200 requests a second takes. A line each: name;value;unit.
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/charts/turn_chart.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/sessions_page.h"
#include "ui/spend/spend_page.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QGraphicsView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace tierdeck;
using namespace tierdeck::ui;

constexpr int liveRate = 200;
constexpr int liveSeconds = 10;

/// Processor time of the GUI thread, which waits for nothing: steadier than the clock on a busy machine.
double threadMs() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Keeps how long each event took that nothing else was handling.
class TimedApplication final : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override {
        if (QThread::currentThread() != thread() || m_depth > 0) // the store's thread has events, too
            return QApplication::notify(receiver, event);
        ++m_depth;
        const double before = threadMs();
        const bool done = QApplication::notify(receiver, event);
        const double ms = threadMs() - before;
        --m_depth;
        m_events.push_back(ms);
        return done;
    }

    std::vector<double> takeEvents() { return std::exchange(m_events, {}); }

private:
    int m_depth = 0;
    std::vector<double> m_events;
};

sessions::StoreOptions optionsFor(const QString& file) {
    sessions::StoreOptions options;
    options.file = file.toStdString();
    options.unsavedFile = (file + QStringLiteral(".unsaved")).toStdString();
    options.timeZone = "UTC";
    return options;
}

/// The gateway's part, in a process of its own: a session that is under way, `liveRate` requests a second.
int writeLive(const QString& file, std::int64_t firstRequest) {
    auto store = sessions::SessionStore::open(optionsFor(file));
    if (!store)
        return 1;
    testing::GeneratorOptions wanted;
    wanted.requests = liveRate * liveSeconds;
    wanted.seed = 99;
    wanted.days = 1;
    wanted.firstRequest = firstRequest;
    std::vector<routing::RequestRecord> records = testing::RecordGenerator(wanted).all();
    const auto start = std::chrono::steady_clock::now();
    int turn = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        routing::RequestRecord& record = records[i];
        record.session = "live";
        record.title = "A session under way";
        record.agent.clear();
        record.turn = i % 8 == 0 ? ++turn : turn;
        record.time = SystemClock().now();
        (*store)->record(std::move(record), [](const Result<void>&) {});
        std::this_thread::sleep_until(start + std::chrono::milliseconds(1000 * (i + 1) / liveRate));
    }
    (*store)->flush();
    return 0;
}

double processorSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(const char* name, double value, const char* unit) {
    std::printf("%s;%.2f;%s\n", name, value, unit);
    std::fflush(stdout);
}

void printEvents(const std::string& name, std::vector<double> events) {
    std::sort(events.begin(), events.end());
    if (events.empty())
        return;
    print((name + ", an event, p99").c_str(), events[std::min(events.size() - 1, events.size() * 99 / 100)],
          "ms");
    print((name + ", an event, longest").c_str(), events.back(), "ms");
}

/// Sleeps between events, as the app does.
void wait(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

struct Bench {
    TimedApplication& events;
    StoreWorker& worker;
    GatewayController& gateway;
    Theme& theme;
    const Clock& clock;
    QString file;
};

void waitFor(const Page& page) {
    while (!page.isReady())
        wait(5);
}

/// What the page takes while a gateway writes; `prepare` brings the session under way before one's eyes.
void follow(const Bench& bench, const std::string& name, std::int64_t firstRequest,
            const std::function<void()>& prepare) {
    QProcess writer;
    writer.start(QCoreApplication::applicationFilePath(),
                 {QStringLiteral("--write"), bench.file, QString::number(firstRequest)});
    wait(1500);
    prepare();
    wait(500);
    bench.events.takeEvents();
    const double before = processorSeconds();
    QElapsedTimer timer;
    timer.start();
    wait((liveSeconds - 4) * 1000);
    const double seconds = static_cast<double>(timer.elapsed()) / 1000;
    print((name + " page, following 200 requests a second").c_str(),
          (processorSeconds() - before) / seconds * 100, "%");
    printEvents(name + " page, following", bench.events.takeEvents());
    writer.waitForFinished(20'000);
    wait(600);
}

void measureSessions(const Bench& bench) {
    SessionsPage page(bench.theme, bench.worker, bench.gateway, bench.clock);
    page.resize(1280, 800);
    page.show();
    QElapsedTimer timer;
    timer.start();
    waitFor(page);
    print("Sessions page, shown after", static_cast<double>(timer.elapsed()), "ms");
    wait(300);

    auto* list = page.findChild<QListView*>(QStringLiteral("sessionList"));
    auto* order = page.findChild<QComboBox*>(QStringLiteral("sessionsOrder"));
    auto* range = page.findChild<QComboBox*>(QStringLiteral("sessionsRange"));
    auto* view = page.findChild<QGraphicsView*>(QStringLiteral("turnChartView"));
    auto* chart = page.findChild<TurnChart*>(QStringLiteral("turnChart"));
    bench.events.takeEvents();
    for (int i = 0; i < 20; ++i) {
        list->scrollToBottom();
        wait(60);
    }
    printEvents("Sessions page, paging through the list", bench.events.takeEvents());
    for (int i = 0; i < range->count() * 2; ++i) {
        range->setCurrentIndex(i % range->count());
        wait(150);
    }
    range->setCurrentIndex(0);
    for (int i = 0; i < 8; ++i) {
        order->setCurrentIndex(i % order->count());
        wait(150);
    }
    printEvents("Sessions page, switching ranges and orders", bench.events.takeEvents());
    order->setCurrentIndex(2); // most turns first
    wait(400);
    bench.events.takeEvents();
    for (int row = 0; row < 20; ++row) {
        list->setCurrentIndex(list->model()->index(row, 0));
        wait(120);
    }
    printEvents("Sessions page, going through the sessions of most turns", bench.events.takeEvents());
    list->setCurrentIndex(list->model()->index(0, 0));
    for (int i = 0; i < 100 && (bench.worker.state() != StoreWorker::State::Ready ||
                                chart->shownTurns().total() != list->currentIndex()
                                                                   .data(SessionListModel::RowRole)
                                                                   .value<const sessions::SessionRow*>()
                                                                   ->totals.turns);
         ++i)
        wait(100);
    print("Sessions page, turns of the longest session", static_cast<double>(chart->shownTurns().total()),
          "");
    bench.events.takeEvents();
    view->setFocus();
    for (int i = 0; i < 120; ++i) {
        const Qt::Key key = i % 40 < 14 ? Qt::Key_Plus : i % 40 < 28 ? Qt::Key_Right : Qt::Key_Minus;
        QKeyEvent press(QEvent::KeyPress, key, i % 3 == 0 ? Qt::ShiftModifier : Qt::NoModifier);
        QCoreApplication::sendEvent(view, &press);
        wait(10);
    }
    printEvents("Sessions page, zooming and panning", bench.events.takeEvents());

    order->setCurrentIndex(0); // latest first: the live session comes to the top
    wait(300);
    follow(bench, "Sessions", 50'000'000, [&page] { page.reveal(QStringLiteral("session:live")); });
    print("Sessions page, turns of the followed session", static_cast<double>(chart->shownTurns().total()),
          "");
}

void measureSpend(const Bench& bench) {
    SpendPage page(bench.theme, bench.worker, bench.gateway, bench.clock, {});
    page.resize(1280, 800);
    page.show();
    QElapsedTimer timer;
    timer.start();
    waitFor(page);
    print("Spend page, shown after", static_cast<double>(timer.elapsed()), "ms");
    wait(300);

    const auto box = [&page](const char* name) {
        return page.findChild<QComboBox*>(QLatin1StringView(name));
    };
    const auto press = [&page](const char* name) {
        page.findChild<QAbstractButton*>(QLatin1StringView(name))->click();
        wait(100);
    };
    QComboBox* range = box("spendRange");
    const int ranges = range->count() - 1; // the last are one's own days
    bench.events.takeEvents();
    for (int i = 0; i < ranges * 3; ++i) {
        range->setCurrentIndex(i % ranges);
        wait(150);
    }
    printEvents("Spend page, switching ranges", bench.events.takeEvents());
    range->setCurrentIndex(range->findText(range->itemText(2)));
    for (int i = 0; i < 14; ++i) {
        QComboBox* stack = box("spendStackBy");
        stack->setCurrentIndex(i % stack->count());
        wait(120);
    }
    for (int i = 0; i < 6; ++i) {
        press("spendViewShares");
        press("spendViewCumulative");
        press("spendAsTable");
        press("spendViewAmounts");
    }
    printEvents("Spend page, switching what is shown", bench.events.takeEvents());
    press("spendCardSpent");
    auto* list = page.findChild<QAbstractItemView*>(QStringLiteral("spendRequests"));
    for (int i = 0; list != nullptr && i < 30; ++i) {
        list->scrollToBottom();
        wait(60);
    }
    printEvents("Spend page, paging through requests", bench.events.takeEvents());
    page.closeInnermost();
    range->setCurrentIndex(0); // today
    wait(300);
    const std::int64_t before = page.snapshot()->series.totals.requests;
    follow(bench, "Spend", 60'000'000, [] {});
    wait(2000);
    print("Spend page, requests that came meanwhile",
          static_cast<double>(page.snapshot()->series.totals.requests - before), "");
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    TimedApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1StringView("--write"))
        return writeLive(arguments.value(2), arguments.value(3).toLongLong());

    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
    {
        auto store = sessions::SessionStore::open(optionsFor(file));
        if (!store)
            return 1;
        const std::int64_t requests = arguments.size() > 1 ? arguments.at(1).toLongLong() : 100'000;
        // Some sessions of thousands of turns, and many short ones.
        for (const auto& [longest, share] : {std::pair{5000, requests / 2}, {40, requests - requests / 2}}) {
            testing::GeneratorOptions wanted;
            wanted.seed = static_cast<std::uint64_t>(longest);
            wanted.firstRequest = longest * 2'000;
            wanted.requests = share;
            wanted.days = 365;
            wanted.longestSession = longest;
            wanted.end = SystemClock().now();
            testing::RecordGenerator generator(wanted);
            while (auto record = generator.next())
                (*store)->record(std::move(*record), [](const Result<void>&) {});
            (*store)->flush();
        }
    }
    const SystemClock clock;
    Theme theme;
    theme.applyToApplication();
    GatewayController gateway(
        [](const GatewayController::StartOptions&) -> Result<std::unique_ptr<GatewayHandle>> {
            return failure(ErrorCode::Unsupported, "There is no gateway here.");
        },
        [] { return std::optional<std::string>(); });
    StoreWorker worker(file.toStdString(), clock);
    worker.setVisible(true);
    const Bench bench{application, worker, gateway, theme, clock, file};
    measureSessions(bench);
    measureSpend(bench);
    return 0;
}
