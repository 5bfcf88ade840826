// bench_pages [REQUESTS]: what the Sessions page costs over a store of believable history: how long
// one event holds the GUI thread while one pages, chooses, zooms and switches ranges, and how much of a core
// following a gateway of 200 requests a second takes. One name, value and unit a line.
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/charts/turn_chart.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/sessions_page.h"

#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QGraphicsView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QProcess>
#include <QTemporaryDir>
#include <QTreeView>

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
        if (m_depth > 0)
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
int writeLive(const QString& file) {
    auto store = sessions::SessionStore::open(optionsFor(file));
    if (!store)
        return 1;
    testing::GeneratorOptions wanted;
    wanted.requests = liveRate * liveSeconds;
    wanted.seed = 99;
    wanted.days = 1;
    wanted.firstRequest = 50'000'000;
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
    std::printf("%-52s %12.2f %s\n", name, value, unit);
    std::fflush(stdout);
}

void printEvents(const char* name, std::vector<double> events) {
    std::sort(events.begin(), events.end());
    if (events.empty())
        return;
    print((std::string(name) + ", an event, p99").c_str(),
          events[std::min(events.size() - 1, events.size() * 99 / 100)], "ms");
    print((std::string(name) + ", an event, longest").c_str(), events.back(), "ms");
}

void wait(int ms) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < ms)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, ms);
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    TimedApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1StringView("--write"))
        return writeLive(arguments.value(2));

    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
    {
        auto store = sessions::SessionStore::open(optionsFor(file));
        if (!store)
            return 1;
        testing::GeneratorOptions wanted;
        wanted.requests = arguments.size() > 1 ? arguments.at(1).toLongLong() : 100'000;
        wanted.days = 365;
        wanted.longestSession = 5000;
        wanted.end = SystemClock().now();
        testing::RecordGenerator generator(wanted);
        while (auto record = generator.next())
            (*store)->record(std::move(*record), [](const Result<void>&) {});
        (*store)->flush();
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
    SessionsPage page(theme, worker, gateway, clock);
    page.resize(1280, 800);
    page.show();
    worker.setVisible(true);
    QElapsedTimer timer;
    timer.start();
    while (!page.isReady())
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 50);
    print("the first session is shown after", static_cast<double>(timer.elapsed()), "ms");
    wait(300);

    auto* list = page.findChild<QListView*>(QStringLiteral("sessionList"));
    auto* order = page.findChild<QComboBox*>(QStringLiteral("sessionsOrder"));
    auto* range = page.findChild<QComboBox*>(QStringLiteral("sessionsRange"));
    auto* view = page.findChild<QGraphicsView*>(QStringLiteral("turnChartView"));
    auto* chart = page.findChild<TurnChart*>(QStringLiteral("turnChart"));
    application.takeEvents();
    for (int i = 0; i < 20; ++i) {
        list->scrollToBottom();
        wait(60);
    }
    printEvents("paging through the list", application.takeEvents());
    for (int i = 0; i < range->count() * 2; ++i) {
        range->setCurrentIndex(i % range->count());
        wait(150);
    }
    range->setCurrentIndex(0);
    for (int i = 0; i < 8; ++i) {
        order->setCurrentIndex(i % order->count());
        wait(150);
    }
    printEvents("switching ranges and orders", application.takeEvents());
    order->setCurrentIndex(2); // most turns first
    wait(400);
    application.takeEvents();
    for (int row = 0; row < 20; ++row) {
        list->setCurrentIndex(list->model()->index(row, 0));
        wait(120);
    }
    printEvents("going through the sessions of most turns", application.takeEvents());
    list->setCurrentIndex(list->model()->index(0, 0));
    for (int i = 0; i < 100 && (worker.state() != StoreWorker::State::Ready ||
                                chart->shownTurns().total() != list->currentIndex()
                                                                   .data(SessionListModel::RowRole)
                                                                   .value<const sessions::SessionRow*>()
                                                                   ->totals.turns);
         ++i)
        wait(100);
    print("turns of the longest session", static_cast<double>(chart->shownTurns().total()), "");
    application.takeEvents();
    view->setFocus();
    for (int i = 0; i < 120; ++i) {
        const Qt::Key key = i % 40 < 14 ? Qt::Key_Plus : i % 40 < 28 ? Qt::Key_Right : Qt::Key_Minus;
        QKeyEvent press(QEvent::KeyPress, key, i % 3 == 0 ? Qt::ShiftModifier : Qt::NoModifier);
        QCoreApplication::sendEvent(view, &press);
        wait(10);
    }
    printEvents("zooming and panning", application.takeEvents());

    order->setCurrentIndex(0); // latest first: the live session comes to the top
    wait(300);
    QProcess writer;
    writer.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--write"), file});
    wait(1500);
    page.reveal(QStringLiteral("session:live"));
    wait(500);
    application.takeEvents();
    const double before = processorSeconds();
    timer.restart();
    wait((liveSeconds - 4) * 1000);
    const double seconds = static_cast<double>(timer.elapsed()) / 1000;
    print("following 200 requests a second, of a core", (processorSeconds() - before) / seconds * 100, "%");
    printEvents("following", application.takeEvents());
    writer.waitForFinished(20'000);
    wait(600);
    print("turns of the live session at the end", static_cast<double>(chart->shownTurns().total()), "");
    return 0;
}
