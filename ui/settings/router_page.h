// The Model Router page: edits preferences/model-router.json field by field without touching another byte,
// and shows beside it what that would do. Files and checks are PreferencesWorker's; the text in hand is
// RouterDocument's. GUI thread; owned by the main window.
#pragma once

#include "core/foundation/clock.h"
#include "core/preferences/presets.h"
#include "core/preferences/problem.h"
#include "ui/backend/preferences_worker.h"
#include "ui/settings/router_document.h"
#include "ui/shell/page.h"

#include <QList>
#include <QString>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

class QAction;
class QCheckBox;
class QLabel;
class QLineEdit;
class QMenu;
class QPlainTextEdit;
class QPushButton;
class QScrollArea;
class QSplitter;
class QStackedWidget;

namespace tierdeck::ui {

class EffectPanel;
class ModelChoiceModel;
class ModelField;
class ProblemList;

class RouterPage final : public Page {
    Q_OBJECT
public:
    /// Both must outlive the page.
    RouterPage(Theme& theme, PreferencesWorker& worker, const Clock& clock, QWidget* parent = nullptr);

    /// There are edits that are not saved: ask before closing.
    [[nodiscard]] bool isModified() const { return m_document.isModified(); }

    void save();
    void focusContent() override;
    /// A key of model-router.json ("codingModel"): goes to its field.
    void reveal(const QString& what) override;

Q_SIGNALS:
    void modifiedChanged(bool modified);

private:
    using Loaded = PreferencesWorker::Loaded;

    QWidget* buildFields();
    QWidget* buildBehaviour(QWidget* parent);
    QWidget* buildSaveBar(QWidget* parent);
    void buildActions();
    void buildPresets();
    void fillPresets();
    void connectWorker();
    void connectFields();

    void takeLoaded(const Loaded& file);
    void takeOutsideChange(const std::shared_ptr<const Loaded>& file);
    void askAboutOutsideChange();
    void adoptOutsideChange();
    void keepMine();
    void takeSaved(const PreferencesSave& save);
    void takeCheck(const PreferencesCheck& check);
    void startCheck();

    void documentChanged();
    void refreshFields();
    void refreshRawText();
    void refreshProblems();
    void refreshSaveBar();
    void arrange();

    void setModel(RouterField field, const QString& id, bool typing);
    void typeTemperature(const QString& text);
    void applyFix(const preferences::Problem& problem);
    /// As edits in one step, so that the effect beside shows them before anything is saved.
    void applyPreset(preferences::Preset preset, const QString& name, const std::string& provider);
    [[nodiscard]] QString unsetText(RouterField field) const;
    [[nodiscard]] QString fieldName(RouterField field) const;
    [[nodiscard]] std::vector<preferences::Problem> problemsOf(RouterField field) const;
    [[nodiscard]] QString fileName() const;

    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

    PreferencesWorker& m_worker;
    const Clock& m_clock;
    RouterDocument m_document;
    ModelChoiceModel* m_choices = nullptr;
    QList<ModelField*> m_models;
    QCheckBox* m_dynamic = nullptr;
    ProblemList* m_dynamicProblems = nullptr;
    QLineEdit* m_temperature = nullptr;
    ProblemList* m_temperatureProblems = nullptr;
    QStackedWidget* m_left = nullptr;
    QScrollArea* m_fields = nullptr;
    QPlainTextEdit* m_rawText = nullptr;
    EffectPanel* m_effect = nullptr;
    QSplitter* m_splitter = nullptr;
    QLabel* m_saveSentence = nullptr;
    QPushButton* m_revert = nullptr;
    QPushButton* m_save = nullptr;
    QAction* m_undo = nullptr;
    QAction* m_redo = nullptr;
    QMenu* m_presets = nullptr;
    QTimer m_checkDelay;

    std::vector<preferences::Problem> m_problems;
    std::shared_ptr<const routing::Policy> m_policy; ///< of the last text that had no errors
    std::optional<preferences::Problem>
        m_temperatureTypo;                      ///< what was typed is no number: not in the document
    std::optional<QString> m_temperatureBefore; ///< as it was spelled before it was typed into
    std::shared_ptr<const Loaded> m_outside;    ///< waits for Reload or Keep mine
    QString m_news;                             ///< "Saved at 14:02.", until the next edit
    bool m_typingTemperature = false;
    bool m_saving = false;
    bool m_wasModified = false;
};

} // namespace tierdeck::ui
