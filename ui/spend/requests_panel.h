// The requests behind a number: what it is the number of, how many they are and what they cost, the list of
// them paged from the store with the dearest first, and the way back.
// GUI thread; owned by the Spend page.
#pragma once

#include "ui/backend/store_worker.h"

#include <QString>
#include <QWidget>

#include <string>
#include <vector>

class QLabel;
class QToolButton;

namespace tierdeck::ui {

class ElidedLabel;
class TablePanel;
class Theme;
struct SpendTable;

class RequestsPanel final : public QWidget {
    Q_OBJECT
public:
    RequestsPanel(Theme& theme, StoreWorker& store, QWidget* parent = nullptr);

    void showRequests(const QString& title, sessions::Filter filter, const std::string& timeZone);
    /// Those and no others.
    void showRequests(const QString& title, std::vector<RequestId> ids, const std::string& timeZone);
    void focusList();
    [[nodiscard]] const SpendTable& table() const;
    [[nodiscard]] QString title() const;
    /// "214 requests, $12.40, 3 unpriced"; "" until it is known.
    [[nodiscard]] QString sums() const;

Q_SIGNALS:
    void closeWanted();
    void requestWanted(RequestId request);
    void exportWanted();
    void failed(const QString& problem);

private:
    void begin(const QString& title, const std::string& timeZone);
    void askMore();
    void take(const Result<RequestList>& list);

    StoreWorker& m_store;
    StoreAsker m_asker;
    sessions::Filter m_filter;
    std::string m_timeZone;
    std::string m_next;
    bool m_begun = false;
    ElidedLabel* m_title = nullptr;
    QLabel* m_sums = nullptr;
    QToolButton* m_back = nullptr;
    TablePanel* m_panel = nullptr;
};

} // namespace tierdeck::ui
