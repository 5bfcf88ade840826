#include "ui/sessions/turn_table_model.h"

#include "core/routing/model_id.h"
#include "ui/sessions/session_list_model.h"
#include "ui/shell/row_sync.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QFont>
#include <QStringList>

#include <algorithm>
#include <functional>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr Qt::Alignment atTheRight = Qt::AlignRight | Qt::AlignAbsolute; // digits go one way in all languages

constexpr int mostCostDecimals = 6; // what is smaller keeps its digits, only its point does not line up

QString modelId(const std::string& model) {
    return QString::fromStdString(model);
}

/// Without its provider, which the tip has: names line up, and a narrow column shows them.
QString modelName(const std::string& model) {
    const auto id = routing::ModelId::parse(model);
    return id ? text::fromUtf8(id->name()) : QString::fromStdString(model);
}

QString firstAndMore(const std::vector<std::string>& names, QString (*show)(const std::string&)) {
    if (names.empty())
        return {};
    const QString first = show(names.front());
    return names.size() == 1 ? first : QStringLiteral("%1 +%2").arg(first).arg(names.size() - 1);
}

QString listed(const std::vector<std::string>& names, QString (*show)(const std::string&)) {
    QStringList list;
    for (const std::string& name : names)
        list.append(show(name));
    return list.join(QStringLiteral(", "));
}

QString sourceName(const std::string& source) {
    return text::tierSource(QString::fromStdString(source));
}

std::int64_t newInput(const pricing::TokenUsage& usage) {
    return usage.prompt() - usage.cachedInput;
}

/// Of the prompt, how much came from the cache; nothing where nothing was sent.
QString cacheShare(const pricing::TokenUsage& usage) {
    return usage.prompt() > 0
               ? text::percent(static_cast<double>(usage.cachedInput) / static_cast<double>(usage.prompt()))
               : QString();
}

QString usageTip(const pricing::TokenUsage& usage) {
    QStringList lines{TurnTableModel::tr("Uncached input: %1").arg(text::count(usage.input)),
                      TurnTableModel::tr("Read from the cache: %1").arg(text::count(usage.cachedInput))};
    if (usage.cacheWrite5m > 0)
        lines.append(TurnTableModel::tr("Written to the cache for 5 minutes: %1")
                         .arg(text::count(usage.cacheWrite5m)));
    if (usage.cacheWrite1h > 0)
        lines.append(
            TurnTableModel::tr("Written to the cache for 1 hour: %1").arg(text::count(usage.cacheWrite1h)));
    lines.append(TurnTableModel::tr("Output: %1").arg(text::count(usage.output)));
    if (usage.reasoning > 0)
        lines.append(TurnTableModel::tr("of it reasoning: %1").arg(text::count(usage.reasoning)));
    return lines.join(u'\n');
}

/// The part of a decision's sentence that tier and model columns do not say: "coding, because skill 'x' asks
/// for it; openai/gpt-5.2 (…)" → "skill 'x' asks for it (…)". Anything else is shown whole.
QString whyOf(const std::string& reason) {
    const QString sentence = text::fromUtf8(reason);
    const QLatin1StringView because(", because ");
    const qsizetype clause = sentence.indexOf(because);
    if (clause < 0)
        return sentence;
    const qsizetype begin = clause + because.size();
    const qsizetype end = sentence.indexOf(QLatin1StringView("; "), begin);
    if (end < 0)
        return sentence.mid(begin);
    const qsizetype remark = sentence.indexOf(QLatin1StringView(" ("), end);
    return sentence.mid(begin, end - begin) + (remark < 0 ? QString() : sentence.mid(remark));
}

/// A request that was served at once is its own attempt.
int attemptRows(const routing::RequestRecord& request) {
    return request.attempts.size() > 1 ? static_cast<int>(request.attempts.size()) : 0;
}

QString numberOf(const routing::RequestRecord& request) {
    return request.agent.empty() ? QStringLiteral("#%1").arg(request.request.value)
                                 : QStringLiteral("#%1 %2").arg(request.request.value).arg(QChar(0x21B3));
}

} // namespace

struct TurnTableModel::Item {
    Item() { ofRequests.item = this; }

    TurnSnapshot turn;
    std::vector<routing::RequestRecord> requests;
    Owner ofRequests;
    std::vector<std::unique_ptr<Owner>> ofAttempts; ///< one for each request; indexes point to them
    bool loaded = false;
    bool waiting = false;
    int row = 0;
};

struct TurnTableModel::Steps {
    TurnTableModel& model;

    void beginInsert(int row) { model.beginInsertRows({}, row, row); }

    void endInsert() {
        model.renumber();
        model.endInsertRows();
    }

    void beginRemove(int row) { model.beginRemoveRows({}, row, row); }

    void endRemove() {
        model.renumber();
        model.endRemoveRows();
    }

    void beginMove(int from, int to) { model.beginMoveRows({}, from, from, {}, to); }

    void endMove() {
        model.renumber();
        model.endMoveRows();
    }

    void update(int row, TurnSnapshot&& wanted) {
        Item& item = *model.m_items.at(static_cast<std::size_t>(row));
        if (item.turn == wanted)
            return;
        const bool grown = item.turn.row.totals.requests != wanted.row.totals.requests;
        item.turn = std::move(wanted);
        Q_EMIT model.dataChanged(model.index(row, 0), model.index(row, ColumnCount - 1));
        if (grown && item.loaded)
            model.want(item);
    }
};

TurnTableModel::TurnTableModel(QObject* parent)
    : QAbstractItemModel(parent) {}

TurnTableModel::~TurnTableModel() = default;

const TurnTableModel::Owner* TurnTableModel::ownerOf(const QModelIndex& index) {
    return static_cast<const Owner*>(index.internalPointer());
}

/// Makes what indexes of attempts point to, for requests that have none yet.
void TurnTableModel::own(Item& item) {
    while (item.ofAttempts.size() < item.requests.size())
        item.ofAttempts.push_back(
            std::make_unique<Owner>(Owner{&item, static_cast<int>(item.ofAttempts.size())}));
}

QModelIndex TurnTableModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent))
        return {};
    if (!parent.isValid())
        return createIndex(row, column, nullptr);
    if (const Owner* owner = ownerOf(parent))
        return createIndex(row, column,
                           owner->item->ofAttempts.at(static_cast<std::size_t>(parent.row())).get());
    return createIndex(row, column, &itemOf(parent)->ofRequests);
}

QModelIndex TurnTableModel::parent(const QModelIndex& child) const {
    const Owner* owner = ownerOf(child);
    if (owner == nullptr)
        return {};
    return owner->request < 0 ? createIndex(owner->item->row, 0, nullptr)
                              : createIndex(owner->request, 0, &owner->item->ofRequests);
}

int TurnTableModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid())
        return static_cast<int>(m_items.size());
    if (parent.column() != 0)
        return 0;
    const Owner* owner = ownerOf(parent);
    if (owner == nullptr)
        return static_cast<int>(itemOf(parent)->requests.size());
    if (owner->request >= 0)
        return 0;
    return attemptRows(owner->item->requests.at(static_cast<std::size_t>(parent.row())));
}

int TurnTableModel::columnCount(const QModelIndex&) const {
    return ColumnCount;
}

bool TurnTableModel::hasChildren(const QModelIndex& parent) const {
    if (!parent.isValid())
        return !m_items.empty();
    if (ownerOf(parent) != nullptr)
        return rowCount(parent) > 0;
    if (parent.column() != 0)
        return false;
    const Item* item = itemOf(parent);
    return item->loaded ? !item->requests.empty() : item->turn.row.totals.requests > 0;
}

const TurnTableModel::Item* TurnTableModel::itemOf(const QModelIndex& turn) const {
    return m_items.at(static_cast<std::size_t>(turn.row())).get();
}

QVariant TurnTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (role == Qt::TextAlignmentRole) {
        const bool number = index.column() >= Input && index.column() <= Latency;
        return QVariant::fromValue(Qt::Alignment((number ? atTheRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    const Owner* owner = ownerOf(index);
    if (owner == nullptr)
        return turnData(*itemOf(index), index.column(), role);
    const auto& requests = owner->item->requests;
    const auto row = static_cast<std::size_t>(index.row());
    if (owner->request < 0)
        return requestData(requests.at(row), index.column(), role);
    return attemptData(requests.at(static_cast<std::size_t>(owner->request)).attempts.at(row), index.row(),
                       index.column(), role);
}

QVariant TurnTableModel::turnData(const Item& item, int column, int role) const {
    const sessions::TurnRow& turn = item.turn.row;
    const sessions::Totals& totals = turn.totals;
    const bool costWord = text::isCostWord(totals);
    if (role == TierChipDelegate::ChipsRole && column == Tier) {
        QList<TierChipData> chips;
        for (const sessions::TierShare& share : turn.tiers)
            chips.append({QString::fromStdString(share.tier),
                          {},
                          turn.tiers.size() > 1 ? static_cast<int>(share.requests) : 0});
        return QVariant::fromValue(chips);
    }
    if (role == QuietRole)
        return column == Time || column == Source || (column == Cost && costWord);
    if (role == StatusRole && column == Reason && totals.failedRequests > 0)
        return static_cast<int>(totals.failedRequests == totals.requests ? Theme::Status::Error
                                                                         : Theme::Status::Attention);
    if (role == Qt::ToolTipRole) {
        switch (column) {
        case Number:
            return turn.agent.empty()
                       ? tr("Turn %1").arg(turn.turn)
                       : tr("Turn %1 of agent %2").arg(turn.turn).arg(QString::fromStdString(turn.agent));
        case Time:
            return text::dateTime(turn.time);
        case Tier: {
            QStringList lines;
            for (const sessions::TierShare& share : turn.tiers) {
                const std::int64_t unpriced = item.turn.trace.unpricedOf(share.tier);
                lines.append(
                    tr("%1: %n request(s), %2", nullptr, static_cast<int>(share.requests))
                        .arg(text::tierName(QString::fromStdString(share.tier)),
                             unpriced > 0 ? text::cost(share.cost, unpriced) : text::moneyExact(share.cost)));
            }
            return lines.join(u'\n');
        }
        case Source:
            return listed(turn.tierSources, sourceName);
        case Model:
            return listed(turn.models, modelId);
        case Input:
        case Cached:
        case CacheShare:
        case Output:
            return usageTip(totals.usage);
        case Requests:
            return tr("%n request(s)", nullptr, static_cast<int>(totals.requests));
        case Cost:
            return totals.unpricedRequests > 0 ? tr("%1 and %n unpriced request(s)", nullptr,
                                                    static_cast<int>(totals.unpricedRequests))
                                                     .arg(text::moneyExact(totals.cost))
                                               : text::moneyExact(totals.cost);
        case Latency:
            return text::duration(totals.latencyMs);
        default:
            return text::fromUtf8(turn.reason);
        }
    }
    if (role == Qt::AccessibleTextRole && column == Tier) {
        QList<TierChipData> chips;
        for (const sessions::TierShare& share : turn.tiers)
            chips.append({QString::fromStdString(share.tier), {}, static_cast<int>(share.requests)});
        return describeTierChips(chips);
    }
    if (role == Qt::AccessibleTextRole && column == Model)
        return listed(turn.models, modelId);
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Number:
        return turn.agent.empty() ? text::count(turn.turn)
                                  : QStringLiteral("%1 %2").arg(text::count(turn.turn), QChar(0x21B3));
    case Time:
        return text::timeOfDay(turn.time);
    case Source:
        return firstAndMore(turn.tierSources, sourceName);
    case Model:
        return firstAndMore(turn.models, modelName);
    case Input:
        return text::tokens(newInput(totals.usage));
    case Cached:
        return text::tokens(totals.usage.cachedInput);
    case CacheShare:
        return cacheShare(totals.usage);
    case Requests:
        return text::count(totals.requests);
    case Output:
        return text::tokens(totals.usage.output);
    case Cost:
        return costWord ? text::cost(totals) : text::moneyInColumn(totals.cost, m_costDecimals);
    case Latency:
        return text::secondsInColumn(totals.latencyMs);
    case Reason:
        if (totals.failedRequests > 0 && turn.reason.empty())
            return tr("%n failed", nullptr, static_cast<int>(totals.failedRequests));
        if (totals.failedRequests > 0)
            return tr("%n failed · %1", nullptr, static_cast<int>(totals.failedRequests))
                .arg(whyOf(turn.reason));
        return whyOf(turn.reason);
    default:
        return {};
    }
}

QVariant TurnTableModel::requestData(const routing::RequestRecord& request, int column, int role) const {
    const bool ok = request.status == "ok";
    const QString tier = QString::fromStdString(request.tier.value_or(std::string()));
    if (role == TierChipDelegate::ChipsRole && column == Tier)
        return QVariant::fromValue(QList<TierChipData>{{tier, {}, 0}});
    if (role == QuietRole)
        return column == Number || column == Time || column == Source ||
               (column == Cost && (request.simulated || !request.cost));
    if (role == StatusRole && column == Reason && !ok)
        return static_cast<int>(request.status == "cancelled" ? Theme::Status::Neutral
                                                              : Theme::Status::Error);
    if (role == Qt::ToolTipRole) {
        switch (column) {
        case Number:
            return request.agent.empty()
                       ? tr("Request %1").arg(request.request.value)
                       : tr("Request %1 of agent %2")
                             .arg(QString::number(request.request.value), text::fromUtf8(request.agent));
        case Time:
            return text::dateTime(request.time);
        case Tier:
            return text::tierName(tier);
        case Model: {
            QStringList lines;
            for (const routing::AttemptRecord& attempt : request.attempts)
                lines.append(QStringLiteral("%1: %2").arg(text::fromUtf8(attempt.model),
                                                          text::fromUtf8(attempt.outcome)));
            return lines.join(u'\n');
        }
        case Input:
        case Cached:
        case CacheShare:
        case Output:
            return usageTip(request.usage);
        case Cost:
            return request.cost ? text::moneyExact(*request.cost) : text::unpriced();
        case Latency:
            return request.firstByteMs
                       ? tr("%1, first byte after %2")
                             .arg(text::duration(request.latencyMs), text::duration(*request.firstByteMs))
                       : text::duration(request.latencyMs);
        default:
            return text::fromUtf8(request.reason);
        }
    }
    if (role == Qt::AccessibleTextRole && column == Tier)
        return text::tierName(tier);
    if (role == Qt::AccessibleTextRole && column == Model)
        return modelId(request.model.value_or(std::string()));
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Number:
        return numberOf(request);
    case Time:
        return text::timeOfDay(request.time, true);
    case Source:
        return sourceName(request.tierSource);
    case Model:
        return modelName(request.model.value_or(std::string()));
    case Input:
        return text::tokens(newInput(request.usage));
    case Cached:
        return text::tokens(request.usage.cachedInput);
    case CacheShare:
        return cacheShare(request.usage);
    case Output:
        return text::tokens(request.usage.output);
    case Cost:
        return request.simulated ? tr("simulated") : text::moneyInColumn(request.cost, m_costDecimals);
    case Latency:
        return text::secondsInColumn(request.latencyMs);
    case Reason:
        if (!ok && request.reason.empty())
            return text::requestStatus(QString::fromStdString(request.status));
        return ok ? whyOf(request.reason)
                  : QStringLiteral("%1 · %2").arg(text::requestStatus(QString::fromStdString(request.status)),
                                                  whyOf(request.reason));
    default:
        return {};
    }
}

QVariant TurnTableModel::attemptData(const routing::AttemptRecord& attempt, int row, int column, int role) {
    const bool ok = attempt.outcome == "ok";
    const QString outcome = text::requestStatus(QString::fromStdString(attempt.outcome));
    if (role == QuietRole)
        return column != Reason;
    if (role == StatusRole && column == Reason && !ok)
        return static_cast<int>(attempt.outcome == "cancelled" ? Theme::Status::Neutral
                                                               : Theme::Status::Attention);
    if (role == Qt::AccessibleTextRole && column == Number)
        return tr("Attempt %1").arg(row + 1);
    if (role == Qt::ToolTipRole) {
        switch (column) {
        case Number:
            return tr("Attempt %1").arg(row + 1);
        case Model:
            return modelId(attempt.model);
        case Latency:
            return text::duration(attempt.latencyMs);
        default:
            return text::fromUtf8(attempt.reason);
        }
    }
    if (role == Qt::AccessibleTextRole && column == Model)
        return modelId(attempt.model);
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Number:
        return QStringLiteral("%1.").arg(row + 1);
    case Model:
        return modelName(attempt.model);
    case Latency:
        return text::secondsInColumn(attempt.latencyMs);
    case Reason:
        return attempt.reason.empty()
                   ? outcome
                   : QStringLiteral("%1 · %2").arg(outcome, text::fromUtf8(attempt.reason));
    default:
        return {};
    }
}

QVariant TurnTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(
            (section >= Input && section <= Latency ? atTheRight : Qt::AlignLeft) | Qt::AlignVCenter));
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case Input:
            return tr("New input: tokens that were not in the provider's cache, with those written to it");
        case Cached:
            return tr("Tokens read from the provider's cache");
        case CacheShare:
            return tr("Share of the prompts that was read from the provider's cache");
        case Output:
            return tr("Output tokens, reasoning included");
        case Source:
            return tr("The rung of the ladder that decided");
        case Latency:
            return tr("From the request to the last byte of the reply, in seconds");
        default:
            return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Number:
        return tr("Turn");
    case Time:
        return tr("Time");
    case Tier:
        return tr("Tier");
    case Source:
        return tr("Source");
    case Model:
        return tr("Model");
    case Input:
        return tr("In");
    case Cached:
        return tr("Cached");
    case CacheShare:
        return tr("Cache %");
    case Requests:
        return tr("Requests");
    case Output:
        return tr("Out");
    case Cost:
        return tr("Cost $");
    case Latency:
        return tr("Latency s");
    case Reason:
        return tr("Why");
    default:
        return {};
    }
}

bool TurnTableModel::canFetchMore(const QModelIndex& parent) const {
    if (!parent.isValid() || parent.internalPointer() != nullptr || parent.column() != 0)
        return false;
    const Item* item = itemOf(parent);
    return !item->loaded && !item->waiting && item->turn.row.totals.requests > 0;
}

void TurnTableModel::fetchMore(const QModelIndex& parent) {
    if (canFetchMore(parent))
        want(*m_items.at(static_cast<std::size_t>(parent.row())));
}

void TurnTableModel::want(Item& item) {
    item.waiting = true;
    Q_EMIT requestsWanted(item.turn.row.turn);
}

void TurnTableModel::reset(std::vector<TurnSnapshot> turns) {
    beginResetModel();
    m_items.clear();
    for (TurnSnapshot& turn : turns) {
        auto item = std::make_unique<Item>();
        item->turn = std::move(turn);
        m_items.push_back(std::move(item));
    }
    renumber();
    m_costDecimals = 2;
    fitCostDecimals();
    endResetModel();
}

void TurnTableModel::refresh(std::vector<TurnSnapshot> turns, std::optional<UtcTime> since) {
    Steps steps{*this};
    const auto first = since
                           ? std::ranges::lower_bound(m_items, *since, std::less<>(),
                                                      [](const auto& item) { return item->turn.row.time; }) -
                                 m_items.begin()
                           : 0;
    syncRows(
        m_items, std::move(turns), [](const std::unique_ptr<Item>& item) { return item->turn.row.turn; },
        [](const TurnSnapshot& turn) { return turn.row.turn; },
        [](TurnSnapshot&& turn) {
            auto item = std::make_unique<Item>();
            item->turn = std::move(turn);
            return item;
        },
        steps, static_cast<std::size_t>(first));
    const int before = m_costDecimals;
    fitCostDecimals();
    if (m_costDecimals != before && !m_items.empty())
        Q_EMIT dataChanged(index(0, Cost), index(rowCount() - 1, Cost));
}

std::optional<KnownTurns> TurnTableModel::known() const {
    constexpr std::size_t reread = 16; // sub-agents still work for earlier turns
    if (m_items.size() < 4 * reread)
        return std::nullopt;
    KnownTurns known;
    known.since = m_items[m_items.size() - reread]->turn.row.time;
    for (const std::unique_ptr<Item>& item : m_items) {
        if (item->turn.row.time >= known.since)
            break;
        known.before += item->turn.row.totals;
    }
    return known;
}

std::vector<const TurnSnapshot*> TurnTableModel::turns() const {
    std::vector<const TurnSnapshot*> turns;
    turns.reserve(m_items.size());
    for (const std::unique_ptr<Item>& item : m_items)
        turns.push_back(&item->turn);
    return turns;
}

void TurnTableModel::setRequests(const TurnKey& key, std::vector<routing::RequestRecord> requests) {
    const QModelIndex turn = indexOf(key);
    if (!turn.isValid())
        return;
    Item& item = *m_items.at(static_cast<std::size_t>(turn.row()));
    item.waiting = false;
    item.loaded = true;
    for (const routing::RequestRecord& request : requests)
        if (const QString number = numberOf(request); number.size() > m_longestNumber.size())
            m_longestNumber = number;
    // Requests only ever join at the end; whatever else happened is another list.
    const std::size_t old = item.requests.size();
    const bool grown = requests.size() >= old &&
                       std::equal(item.requests.begin(), item.requests.end(), requests.begin(),
                                  [](const auto& a, const auto& b) {
                                      return a.request == b.request && a.attempts.size() == b.attempts.size();
                                  });
    if (!grown && old > 0) {
        beginRemoveRows(turn, 0, static_cast<int>(old) - 1);
        item.requests.clear();
        endRemoveRows();
    }
    const std::size_t kept = item.requests.size();
    if (requests.size() > kept) {
        beginInsertRows(turn, static_cast<int>(kept), static_cast<int>(requests.size()) - 1);
        item.requests = std::move(requests);
        own(item);
        endInsertRows();
    } else {
        item.requests = std::move(requests);
    }
    if (kept > 0)
        Q_EMIT dataChanged(index(0, 0, turn), index(static_cast<int>(kept) - 1, ColumnCount - 1, turn));
}

const TurnSnapshot& TurnTableModel::turn(int row) const {
    return m_items.at(static_cast<std::size_t>(row))->turn;
}

TurnKey TurnTableModel::keyOf(int row) const {
    return {turn(row).row.turn};
}

QModelIndex TurnTableModel::indexOf(const TurnKey& key) const {
    for (const std::unique_ptr<Item>& item : m_items)
        if (item->turn.row.turn == key.turn)
            return index(item->row, 0);
    return {};
}

QModelIndex TurnTableModel::indexOf(RequestId request) const {
    for (const std::unique_ptr<Item>& item : m_items)
        for (std::size_t row = 0; row < item->requests.size(); ++row)
            if (item->requests[row].request == request)
                return createIndex(static_cast<int>(row), 0, &item->ofRequests);
    return {};
}

QModelIndex TurnTableModel::indexOfDearest(const TurnKey& key) const {
    const QModelIndex turn = indexOf(key);
    if (!turn.isValid() || itemOf(turn)->requests.size() < 2)
        return turn;
    const auto& requests = itemOf(turn)->requests;
    const auto dearest = std::ranges::max_element(requests, {}, [](const routing::RequestRecord& request) {
        return std::pair(request.cost.value_or(NanoUsd()), request.usage.total());
    });
    return index(static_cast<int>(dearest - requests.begin()), 0, turn);
}

int TurnTableModel::turnRowOf(const QModelIndex& index) const {
    if (!index.isValid())
        return -1;
    const Owner* owner = ownerOf(index);
    return owner != nullptr ? owner->item->row : index.row();
}

int TurnTableModel::requestRowOf(const QModelIndex& index) const {
    const Owner* owner = ownerOf(index);
    return owner == nullptr ? 0 : owner->request < 0 ? index.row() : owner->request;
}

const routing::RequestRecord* TurnTableModel::requestOf(const QModelIndex& index) const {
    if (!index.isValid())
        return nullptr;
    const Owner* owner = ownerOf(index);
    const Item* item = owner != nullptr ? owner->item : itemOf(index);
    const auto row = static_cast<std::size_t>(requestRowOf(index));
    return row < item->requests.size() ? &item->requests[row] : nullptr;
}

bool TurnTableModel::isLoaded(int row) const {
    return m_items.at(static_cast<std::size_t>(row))->loaded;
}

void TurnTableModel::renumber() {
    for (std::size_t row = 0; row < m_items.size(); ++row)
        m_items[row]->row = static_cast<int>(row);
}

void TurnTableModel::fitCostDecimals() {
    for (const std::unique_ptr<Item>& item : m_items)
        m_costDecimals = std::max(
            m_costDecimals, std::min(mostCostDecimals, text::moneyDecimals(item->turn.row.totals.cost)));
}

} // namespace tierdeck::ui
