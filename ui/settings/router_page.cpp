#include "ui/settings/router_page.h"

#include "core/foundation/json_text.h"
#include "core/routing/policy.h"
#include "core/routing/tier.h"
#include "ui/settings/card.h"
#include "ui/settings/effect_panel.h"
#include "ui/settings/model_choice_model.h"
#include "ui/settings/model_field.h"
#include "ui/settings/model_picker.h"
#include "ui/settings/problem_list.h"
#include "ui/shell/actions.h"
#include "ui/shell/text_format.h"

#include <QAction>
#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTextBlock>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace tierdeck::ui {

using preferences::Problem;
using preferences::Severity;

namespace {

constexpr int checkDelayMs = 200;
constexpr int widePageCharacters = 125; ///< below, the effect stands under the fields
const std::string routerFile = "model-router.json";

bool isJsonNumber(const QString& text) {
    static const QRegularExpression number(QStringLiteral(R"(^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$)"));
    return number.match(text).hasMatch();
}

QLabel* helpLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    label->setFont(Theme::smallFont());
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

/// "line 3, column 14" as it stands in an error's detail.
std::pair<int, int> placeIn(const QString& detail) {
    static const QRegularExpression place(QStringLiteral(R"(line (\d+), column (\d+))"));
    const auto match = place.match(detail);
    return match.hasMatch() ? std::pair(match.captured(1).toInt(), match.captured(2).toInt())
                            : std::pair(0, 0);
}

} // namespace

RouterPage::RouterPage(Theme& theme, PreferencesWorker& worker, const Clock& clock, QWidget* parent)
    : Page(theme, QStringLiteral("model-router"), tr("Model Router"), QStringLiteral("model-router"), parent)
    , m_worker(worker)
    , m_clock(clock)
    , m_document(this)
    , m_choices(new ModelChoiceModel(this)) {
    setSubtitle(QStringLiteral("preferences/") + fileName());

    auto* content = new QWidget(this);
    m_left = new QStackedWidget(content);
    m_left->addWidget(buildFields());
    m_rawText = new QPlainTextEdit(m_left);
    m_rawText->setObjectName(QStringLiteral("routerRawText"));
    m_rawText->setAccessibleName(tr("Text of the file, which does not parse"));
    m_rawText->setReadOnly(true);
    m_rawText->setTabChangesFocus(true);
    m_rawText->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_rawText->setFont(Theme::monospaceFont());
    m_rawText->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_left->addWidget(m_rawText);
    m_effect = new EffectPanel(theme, *m_choices, content);
    m_splitter = new QSplitter(Qt::Horizontal, content);
    m_splitter->setObjectName(QStringLiteral("routerSplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_left);
    m_splitter->addWidget(m_effect);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_splitter, 1);
    column->addWidget(buildSaveBar(content));
    setContent(content);

    buildPresets();
    buildActions();
    m_checkDelay.setSingleShot(true);
    m_checkDelay.setInterval(checkDelayMs);
    connectWorker();
    connectFields();
    arrange();
    states().showLoading(tr("Reading the preferences …"));
    m_worker.load();
}

QWidget* RouterPage::buildFields() {
    m_fields = new QScrollArea(this);
    m_fields->setObjectName(QStringLiteral("routerFields"));
    m_fields->setAccessibleName(tr("Settings of the router"));
    m_fields->setFrameShape(QFrame::NoFrame);
    m_fields->setWidgetResizable(true);
    m_fields->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_fields->setFocusPolicy(Qt::NoFocus);
    m_fields->viewport()->setAutoFillBackground(false);
    auto* body = new QWidget(m_fields);
    body->setAutoFillBackground(false);
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, Theme::paddingSmall, Theme::paddingSmall);
    column->setSpacing(Theme::paddingSmall);

    const auto addModel = [&](RouterField field, const QString& label, const QString& help) {
        auto* card = new Card(theme(), body);
        auto* inside = new QVBoxLayout(card);
        inside->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, Theme::paddingSmall);
        auto* model = new ModelField(theme(), *m_choices, field, label, help, card);
        inside->addWidget(model);
        m_models.append(model);
        column->addWidget(card);
    };
    addModel(RouterField::Balanced, tr("&Balanced"),
             tr("Everyday conversation and simple tasks: facts, small edits, short texts, translations. "
                "Where turns "
                "land that ask for nothing else."));
    addModel(RouterField::Smart, tr("S&mart"),
             tr("Several steps of reasoning, planning, weighing options, reading across files: where "
                "balanced would "
                "be too little."));
    addModel(RouterField::Coding, tr("&Coding"),
             tr("Writing, debugging, refactoring code; tests, stack traces, queries, scripts."));
    addModel(RouterField::Deep, tr("&Deep"),
             tr("Long-horizon analysis, research, proofs, whole-design audits: work that gains from long "
                "reasoning."));
    addModel(
        RouterField::Routing, tr("&Routing"),
        tr("Asked which tier a request needs, where the classifier is \"model\" or \"hybrid\"; the built-in "
           "heuristic asks no one."));
    column->addWidget(buildBehaviour(body));
    column->addStretch(1);
    int nameWidth = 0;
    for (const ModelField* model : std::as_const(m_models))
        nameWidth = std::max(nameWidth, model->nameWidth());
    for (ModelField* model : std::as_const(m_models))
        model->setNameWidth(nameWidth);
    m_fields->setWidget(body);
    return m_fields;
}

QWidget* RouterPage::buildBehaviour(QWidget* parent) {
    auto* card = new Card(theme(), parent);
    m_dynamic = new QCheckBox(tr("D&ynamic tier: climb when a request looks hard"), card);
    m_dynamic->setObjectName(QStringLiteral("dynamicTierEnabled"));
    QLabel* dynamicHelp =
        helpLabel(tr("Only from balanced or lower, to smart, coding or deep. A tier that the user or "
                     "a skill asks for always wins."),
                  card);
    m_dynamic->setAccessibleDescription(dynamicHelp->text());
    m_dynamicProblems = new ProblemList(theme(), ProblemList::Places::Hidden, card);
    m_dynamicProblems->setObjectName(QStringLiteral("dynamicTierEnabledProblems"));

    m_temperature = new QLineEdit(card);
    m_temperature->setObjectName(QStringLiteral("temperature"));
    m_temperature->setAccessibleName(tr("Temperature"));
    m_temperature->setPlaceholderText(tr("unset"));
    m_temperature->setTextMargins(Theme::grid, 0, Theme::grid, 0);
    m_temperature->installEventFilter(this);
    auto* temperatureLabel = new QLabel(tr("&Temperature"), card);
    temperatureLabel->setFont(Theme::sectionTitleFont());
    temperatureLabel->setBuddy(m_temperature);
    QLabel* temperatureHelp =
        helpLabel(tr("From 0 to 2. Added only where a request has none and the model takes one; "
                     "unset leaves it to the model."),
                  card);
    m_temperature->setAccessibleDescription(temperatureHelp->text());
    m_temperatureProblems = new ProblemList(theme(), ProblemList::Places::Hidden, card);
    m_temperatureProblems->setObjectName(QStringLiteral("temperatureProblems"));

    auto* grid = new QGridLayout(card);
    grid->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, Theme::paddingSmall);
    grid->setHorizontalSpacing(Theme::padding);
    grid->setVerticalSpacing(Theme::grid);
    grid->setColumnStretch(1, 1);
    grid->addWidget(m_dynamic, 0, 0, 1, 2);
    grid->addWidget(m_dynamicProblems, 1, 0, 1, 2);
    grid->addWidget(dynamicHelp, 2, 0, 1, 2);
    grid->setRowMinimumHeight(3, Theme::grid);
    grid->addWidget(temperatureLabel, 4, 0);
    // In a row of its own: the column must not take the field's width.
    auto* temperatureRow = new QHBoxLayout;
    temperatureRow->addWidget(m_temperature, 1);
    temperatureRow->addStretch(2);
    grid->addLayout(temperatureRow, 4, 1);
    grid->addWidget(m_temperatureProblems, 5, 1);
    grid->addWidget(temperatureHelp, 6, 1);
    return card;
}

QWidget* RouterPage::buildSaveBar(QWidget* parent) {
    auto* bar = new QWidget(parent);
    m_saveSentence = new QLabel(bar);
    m_saveSentence->setObjectName(QStringLiteral("saveSentence"));
    m_saveSentence->setTextFormat(Qt::PlainText);
    m_saveSentence->setWordWrap(true);
    m_revert = new QPushButton(tr("Re&vert"), bar);
    m_revert->setObjectName(QStringLiteral("revertButton"));
    m_revert->setAutoDefault(false);
    m_revert->setToolTip(actions::tip(ActionId::Revert));
    m_save = new QPushButton(tr("&Save"), bar);
    m_save->setObjectName(QStringLiteral("saveButton"));
    m_save->setAutoDefault(false);
    m_save->setDefault(true);
    m_save->setToolTip(actions::tip(ActionId::Save));
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, Theme::paddingSmall, 0, Theme::padding);
    row->setSpacing(Theme::paddingSmall);
    row->addWidget(m_saveSentence, 1);
    row->addWidget(m_revert);
    row->addWidget(m_save);
    return bar;
}

void RouterPage::buildPresets() {
    auto* button = new QToolButton(this);
    button->setObjectName(QStringLiteral("presetsButton"));
    button->setText(tr("Presets"));
    button->setToolTip(tr("Ready-made settings, as edits that you can look at before you save them"));
    button->setAccessibleDescription(button->toolTip());
    button->setPopupMode(QToolButton::InstantPopup);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    m_presets = new QMenu(button);
    m_presets->setObjectName(QStringLiteral("presetsMenu"));
    m_presets->setToolTipsVisible(true);
    button->setMenu(m_presets);
    connect(m_presets, &QMenu::aboutToShow, this, &RouterPage::fillPresets);
    addActionWidget(button);
}

void RouterPage::fillPresets() {
    m_presets->clear();
    const bool ready = m_policy && m_document.isEditable();
    const auto add = [this](QMenu* menu, preferences::Preset preset, const QString& name,
                            const std::string& provider = {}) {
        QAction* action = menu->addAction(provider.empty() ? name : QString::fromStdString(provider));
        connect(action, &QAction::triggered, this,
                [this, preset, name, provider] { applyPreset(preset, name, provider); });
        return action;
    };
    add(m_presets, preferences::Preset::FirstSetup, tr("First set-up"))
        ->setToolTip(tr("Balanced and coding from the provider at hand, smart and deep unset, dynamic on"));
    QMenu* one = m_presets->addMenu(tr("One approved provider"));
    one->setObjectName(QStringLiteral("presetProviders"));
    if (ready) {
        for (const auto& [provider, settings] : m_policy->providers)
            add(one, preferences::Preset::OneApprovedProvider, one->title(), provider);
    }
    add(m_presets, preferences::Preset::LowestCost, tr("Lowest cost"))
        ->setToolTip(tr("Dynamic off, each tier on the cheapest model of its class, background local"));
    add(m_presets, preferences::Preset::Research, tr("Research"))
        ->setToolTip(tr("Deep on a reasoning model, dynamic on, cascade off"));
    for (QAction* action : m_presets->actions())
        action->setEnabled(ready && (!action->menu() || !action->menu()->isEmpty()));
}

void RouterPage::buildActions() {
    m_undo = actions::make(ActionId::Undo, this);
    m_redo = actions::make(ActionId::Redo, this);
    m_undo->setIcon(theme().icon(QStringLiteral("undo")));
    m_redo->setIcon(theme().icon(QStringLiteral("redo")));
    for (QAction* action : {m_undo, m_redo}) {
        auto* button = new QToolButton(this);
        button->setObjectName(action == m_undo ? QStringLiteral("undoButton") : QStringLiteral("redoButton"));
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setIconSize(QSize(fontMetrics().height(), fontMetrics().height()));
        addActionWidget(button);
    }
    QUndoStack& steps = m_document.steps();
    connect(m_undo, &QAction::triggered, this, [this] {
        m_document.endTyping();
        m_document.steps().undo();
    });
    connect(m_redo, &QAction::triggered, this, [this] { m_document.steps().redo(); });
    const auto refresh = [this, &steps] {
        m_undo->setEnabled(steps.canUndo());
        m_redo->setEnabled(steps.canRedo());
        m_undo->setToolTip(steps.canUndo() ? tr("Undo: %1").arg(steps.undoText()) : tr("Nothing to undo"));
        m_redo->setToolTip(steps.canRedo() ? tr("Redo: %1").arg(steps.redoText()) : tr("Nothing to redo"));
    };
    connect(&steps, &QUndoStack::indexChanged, this, refresh);
    refresh();
    QAction* save = actions::make(ActionId::Save, this);
    connect(save, &QAction::triggered, this, &RouterPage::save);
    QAction* revert = actions::make(ActionId::Revert, this);
    connect(revert, &QAction::triggered, m_revert, &QPushButton::click);
}

void RouterPage::connectWorker() {
    connect(&m_worker, &PreferencesWorker::loaded, this,
            [this](const std::shared_ptr<const Loaded>& file) { takeLoaded(*file); });
    connect(&m_worker, &PreferencesWorker::changedOutside, this, &RouterPage::takeOutsideChange);
    connect(&m_worker, &PreferencesWorker::checked, this,
            [this](const std::shared_ptr<const PreferencesCheck>& check) { takeCheck(*check); });
    connect(&m_worker, &PreferencesWorker::surroundingsChanged, this, &RouterPage::startCheck);
    connect(&m_worker, &PreferencesWorker::saved, this,
            [this](const std::shared_ptr<const PreferencesSave>& save) { takeSaved(*save); });
    connect(&m_checkDelay, &QTimer::timeout, this, &RouterPage::startCheck);
    connect(&m_document, &RouterDocument::changed, this, &RouterPage::documentChanged);
}

void RouterPage::connectFields() {
    for (ModelField* model : std::as_const(m_models)) {
        const RouterField field = model->field();
        connect(model, &ModelField::typed, this,
                [this, field](const QString& id) { setModel(field, id, true); });
        connect(model, &ModelField::picked, this,
                [this, field](const QString& id) { setModel(field, id, false); });
        connect(model, &ModelField::left, this, [this] { m_document.endTyping(); });
        connect(model, &ModelField::fixWanted, this, &RouterPage::applyFix);
    }
    connect(m_dynamic, &QCheckBox::clicked, this, [this](bool on) {
        m_document.set(RouterField::Dynamic, on ? "true" : "false",
                       on ? tr("turn the dynamic tier on") : tr("turn the dynamic tier off"));
        refreshFields();
    });
    connect(m_temperature, &QLineEdit::textEdited, this, &RouterPage::typeTemperature);
    for (ProblemList* list : {m_dynamicProblems, m_temperatureProblems})
        connect(list, &ProblemList::fixWanted, this, &RouterPage::applyFix);
    connect(m_effect, &EffectPanel::fixWanted, this, &RouterPage::applyFix);
    connect(m_save, &QPushButton::clicked, this, &RouterPage::save);
    connect(m_revert, &QPushButton::clicked, this, [this] {
        m_temperatureTypo.reset();
        m_document.revert(tr("revert to the file"));
        refreshFields();
        refreshProblems();
    });
}

// --- What the worker says
// ----------------------------------------------------------------------------------------

void RouterPage::takeLoaded(const Loaded& file) {
    if (!file) {
        states().showError(tr("The preferences cannot be read"), text::fromUtf8(file.error().message),
                           {tr("Try again"), [this] { m_worker.load(); }});
        setReady();
        return;
    }
    m_document.start(*file);
    states().showContent();
    startCheck();
}

void RouterPage::takeOutsideChange(const std::shared_ptr<const Loaded>& file) {
    if (!m_document.isStarted()) {
        takeLoaded(*file);
        return;
    }
    m_outside = file;
    if (m_document.isModified() && *file && (*file)->text() != m_document.file().text())
        askAboutOutsideChange();
    else
        adoptOutsideChange();
}

void RouterPage::askAboutOutsideChange() {
    const int changes = m_document.changeCount();
    const QString mine = changes == 1 ? tr("1 change of yours is not saved.")
                                      : tr("%Ln changes of yours are not saved.", nullptr, changes);
    QString sentence = tr("%1 was changed outside, and %2").arg(fileName(), mine);
    if (m_outside && *m_outside && (*m_outside)->parseError())
        sentence +=
            QLatin1Char(' ') + tr("What stands there now is not valid JSON (%1), and is not overwritten.")
                                   .arg(text::fromUtf8((*m_outside)->parseError()->detail));
    else
        sentence += QLatin1Char(' ') + tr("Keep mine lets Save overwrite what is there now.");
    banner().tell(Banner::Severity::Attention, sentence,
                  {{tr("Reload"), QStringLiteral("bannerReload"), [this] { adoptOutsideChange(); }},
                   {tr("Keep mine"), QStringLiteral("bannerKeepMine"), [this] { keepMine(); }}},
                  false);
}

void RouterPage::adoptOutsideChange() {
    banner().dismiss();
    const std::shared_ptr<const Loaded> file = std::exchange(m_outside, nullptr);
    if (!file)
        return;
    if (!*file) {
        banner().tell(Banner::Severity::Error, text::fromUtf8(file->error().message),
                      {{tr("Try again"), QStringLiteral("bannerTryAgain"), [this] { m_worker.load(); }}});
        return;
    }
    m_temperatureTypo.reset();
    m_document.reload(**file, tr("changes made outside"));
    m_news = tr("Changed outside and read again at %1.").arg(text::timeOfDay(m_clock.now()));
    refreshSaveBar();
    m_checkDelay.start();
}

void RouterPage::keepMine() {
    banner().dismiss();
    const std::shared_ptr<const Loaded> file = std::exchange(m_outside, nullptr);
    if (file && *file)
        m_document.keepMine(**file);
}

void RouterPage::takeSaved(const PreferencesSave& save) {
    m_saving = false;
    if (save.result) {
        banner().dismiss();
        m_document.takeSaved(save.file);
        m_document.endTyping();
        m_news = tr("Saved at %1.").arg(text::timeOfDay(m_clock.now(), true));
        refreshSaveBar();
        return;
    }
    refreshSaveBar();
    const Error& error = save.result.error();
    if (error.code == ErrorCode::Conflict) {
        askAboutOutsideChange(); // the worker sends what is there now right behind
        return;
    }
    banner().tell(Banner::Severity::Error,
                  tr("%1 Your changes are still here.").arg(text::fromUtf8(error.message)),
                  {{tr("Try again"), QStringLiteral("bannerTryAgain"), [this] { this->save(); }}});
}

void RouterPage::takeCheck(const PreferencesCheck& check) {
    m_problems = check.problems;
    if (check.policy)
        m_policy = check.policy;
    m_choices->setChoices(check.models);
    m_effect->showRoutes(check.policy);
    refreshProblems();
    refreshSaveBar();
    setReady();
}

void RouterPage::startCheck() {
    m_checkDelay.stop();
    if (m_document.isStarted())
        m_worker.check(m_document.text());
}

// --- What is shown
// -----------------------------------------------------------------------------------------------

void RouterPage::documentChanged() {
    m_news.clear();
    refreshFields();
    refreshRawText();
    m_effect->showDiff(m_document.isModified()
                           ? diffLines(m_document.file().savedText(), m_document.file().text())
                           : QList<DiffLine>());
    refreshProblems();
    refreshSaveBar();
    m_checkDelay.start();
    // Who takes every edit back has nothing to lose by what stands there now.
    if (m_outside && !m_document.isModified())
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (m_outside && !m_document.isModified())
                    adoptOutsideChange();
            },
            Qt::QueuedConnection);
    if (m_wasModified != m_document.isModified()) {
        m_wasModified = m_document.isModified();
        Q_EMIT modifiedChanged(m_wasModified);
    }
}

void RouterPage::refreshFields() {
    const bool editable = m_document.isEditable();
    for (ModelField* model : std::as_const(m_models))
        model->showState(m_document.field(model->field()), unsetText(model->field()), editable);

    const RouterDocument::FieldState dynamic = m_document.field(RouterField::Dynamic);
    const bool isBoolean =
        !dynamic.isSet || dynamic.text == QLatin1String("true") || dynamic.text == QLatin1String("false");
    m_dynamic->setTristate(!isBoolean);
    m_dynamic->setCheckState(!isBoolean                              ? Qt::PartiallyChecked
                             : dynamic.text == QLatin1String("true") ? Qt::Checked
                                                                     : Qt::Unchecked);
    m_dynamic->setEnabled(editable);

    m_temperature->setEnabled(editable);
    const QString temperature = m_document.field(RouterField::Temperature).text;
    if (!m_typingTemperature && m_temperature->text() != temperature) {
        m_temperatureTypo.reset();
        m_temperatureBefore.reset();
        m_temperature->setText(temperature);
    }
}

void RouterPage::refreshRawText() {
    const bool parses = m_document.isEditable();
    m_left->setCurrentIndex(parses ? 0 : 1);
    if (parses) {
        m_rawText->clear();
        return;
    }
    const preferences::PreferencesFile& file = m_document.file();
    m_rawText->setPlainText(text::fromUtf8(file.text()));
    const QString detail = text::fromUtf8(file.parseError()->detail);
    const auto [line, column] = placeIn(detail);
    if (line > 0) {
        const QTextBlock block = m_rawText->document()->findBlockByNumber(line - 1);
        QTextCursor cursor(block);
        QTextEdit::ExtraSelection mark;
        mark.cursor = cursor;
        mark.format.setBackground(theme().statusBackground(Theme::Status::Error));
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        m_rawText->setExtraSelections({mark});
        cursor.setPosition(block.position() + std::clamp(column - 1, 0, std::max(0, block.length() - 1)));
        m_rawText->setTextCursor(cursor);
        m_rawText->centerCursor();
    }
    banner().tell(
        Banner::Severity::Error,
        detail.isEmpty()
            ? tr("%1 is not valid JSON, so it is shown as it is and never overwritten. Mend it in an editor; "
                 "it is read again when it changes.")
                  .arg(fileName())
            : tr("%1 is not valid JSON at %2, so it is shown as it is and never overwritten. Mend it in an "
                 "editor; it is read again when it changes.")
                  .arg(fileName(), detail),
        {}, false);
}

void RouterPage::refreshProblems() {
    for (ModelField* model : std::as_const(m_models))
        model->showProblems(problemsOf(model->field()));
    m_dynamicProblems->setProblems(problemsOf(RouterField::Dynamic), routerFile);
    m_temperatureProblems->setProblems(problemsOf(RouterField::Temperature), routerFile);
    std::vector<Problem> all = m_problems;
    if (m_temperatureTypo)
        all.insert(all.begin(), *m_temperatureTypo);
    m_effect->showProblems(all, m_document.isEditable() ? routerFile : std::string());
}

std::vector<Problem> RouterPage::problemsOf(RouterField field) const {
    std::vector<Problem> found;
    if (field == RouterField::Temperature && m_temperatureTypo)
        found.push_back(*m_temperatureTypo);
    const std::string pointer = m_document.field(field).pointer;
    if (pointer.empty())
        return found;
    for (const Problem& problem : m_problems) {
        if (problem.file == routerFile &&
            (problem.pointer == pointer ||
             problem.pointer.compare(0, pointer.size() + 1, pointer + "/") == 0))
            found.push_back(problem);
    }
    return found;
}

void RouterPage::refreshSaveBar() {
    const bool modified = m_document.isModified();
    const bool hasErrors = preferences::hasErrors(m_problems);
    QString sentence;
    if (!m_document.isStarted())
        sentence.clear();
    else if (!m_document.isEditable())
        sentence = tr("Read-only while the file is not valid JSON.");
    else if (m_saving)
        sentence = tr("Saving …");
    else if (m_temperatureTypo)
        sentence = tr("The temperature is not a number yet; mend it, then save.");
    else if (!modified)
        sentence = !m_news.isEmpty()            ? m_news
                   : m_document.file().exists() ? tr("No changes to save.")
                                                : tr("There is no %1 yet; Save makes it.").arg(fileName());
    else {
        const int changes = m_document.changeCount();
        sentence = changes == 1 ? tr("Save writes 1 change to %1.").arg(fileName())
                                : tr("Save writes %Ln changes to %1.", nullptr, changes).arg(fileName());
        if (hasErrors)
            sentence +=
                QLatin1Char(' ') + tr("With errors in it the gateway keeps the last good preferences.");
    }
    m_saveSentence->setText(sentence);
    const bool canSave = modified && !m_saving && !m_temperatureTypo;
    m_save->setEnabled(canSave);
    m_save->setAccessibleDescription(sentence);
    m_revert->setEnabled((modified && !m_saving) || m_temperatureTypo.has_value());
}

void RouterPage::arrange() {
    const bool wide = width() >= fontMetrics().averageCharWidth() * widePageCharacters;
    const Qt::Orientation wanted = wide ? Qt::Horizontal : Qt::Vertical;
    if (m_splitter->orientation() == wanted)
        return;
    m_splitter->setOrientation(wanted);
    m_splitter->setSizes(wide ? QList<int>{600, 400} : QList<int>{550, 450});
}

// --- What the user does
// ------------------------------------------------------------------------------------------

void RouterPage::setModel(RouterField field, const QString& id, bool typing) {
    const QString name = fieldName(field);
    if (id.isEmpty())
        m_document.unset(field, tr("unset the model of %1").arg(name), typing);
    else
        m_document.set(field, jsonQuoted(id.toStdString()), tr("change the model of %1").arg(name), typing);
}

void RouterPage::typeTemperature(const QString& typed) {
    const QString text = typed.trimmed();
    m_typingTemperature = true;
    m_temperatureTypo.reset();
    if (!m_temperatureBefore)
        m_temperatureBefore = m_document.field(RouterField::Temperature).text;
    if (text.isEmpty()) {
        m_document.unset(RouterField::Temperature, tr("unset the temperature"), true);
    } else if (isJsonNumber(text)) {
        m_document.set(RouterField::Temperature, text.toStdString(), tr("change the temperature"), true);
    } else {
        Problem problem{routerFile,
                        m_document.field(RouterField::Temperature).pointer,
                        Severity::Error,
                        tr("'%1' is not a number as JSON writes it, such as 0.7.").arg(text).toStdString(),
                        {},
                        {}};
        QString pointed = text;
        pointed.replace(u',', u'.');
        if (isJsonNumber(pointed))
            problem.fix = preferences::Fix{tr("Use %1").arg(pointed).toStdString(), problem.pointer,
                                           pointed.toStdString()};
        m_temperatureTypo = std::move(problem);
        // What was typed on the way here was not meant.
        if (m_temperatureBefore->isEmpty())
            m_document.unset(RouterField::Temperature, tr("unset the temperature"), true);
        else
            m_document.set(RouterField::Temperature, m_temperatureBefore->toStdString(),
                           tr("change the temperature"), true);
    }
    m_typingTemperature = false;
    refreshProblems();
    refreshSaveBar();
}

void RouterPage::applyFix(const Problem& problem) {
    if (!problem.fix || problem.file != routerFile)
        return;
    m_temperatureTypo.reset();
    m_document.setAt(problem.fix->pointer, problem.fix->json,
                     tr("fix: %1").arg(text::fromUtf8(problem.fix->label)));
    refreshFields();
    refreshProblems();
    refreshSaveBar();
}

void RouterPage::applyPreset(preferences::Preset preset, const QString& name, const std::string& provider) {
    const auto edits = preferences::presetEdits(preset, m_document.text().value_or(std::string()), *m_policy,
                                                provider, m_clock.now());
    if (!edits) {
        banner().tell(Banner::Severity::Attention, text::fromUtf8(edits.error().message));
        return;
    }
    if (edits->empty()) {
        banner().tell(Banner::Severity::Information,
                      tr("%1: everything is set like that already.").arg(name));
        return;
    }
    m_temperatureTypo.reset();
    m_document.steps().beginMacro(tr("preset: %1").arg(name));
    for (const auto& edit : *edits)
        m_document.setAt(edit.pointer, edit.json, text::fromUtf8(edit.what));
    m_document.steps().endMacro();
    QStringList sentences;
    for (const auto& edit : *edits)
        sentences << text::fromUtf8(edit.what);
    banner().tell(Banner::Severity::Information,
                  tr("%1, not saved yet: %2").arg(name, sentences.join(QLatin1Char(' '))),
                  {{tr("Undo"), QStringLiteral("bannerUndoPreset"), [this] {
                        banner().dismiss();
                        m_undo->trigger();
                    }}});
}

void RouterPage::save() {
    if (!m_save->isEnabled())
        return;
    m_saving = true;
    m_document.endTyping();
    refreshSaveBar();
    m_worker.save(m_document.file());
}

void RouterPage::focusContent() {
    if (m_document.isEditable() && !m_models.isEmpty())
        m_models.first()->picker().setFocus(Qt::OtherFocusReason);
    else
        m_rawText->setFocus(Qt::OtherFocusReason);
}

void RouterPage::reveal(const QString& what) {
    auto* field = m_fields->findChild<QWidget*>(what);
    if (field == nullptr || !m_document.isEditable())
        return;
    m_fields->ensureWidgetVisible(field);
    field->setFocus(Qt::OtherFocusReason);
}

QString RouterPage::unsetText(RouterField field) const {
    const auto isSet = [this](RouterField other) { return m_document.field(other).isSet; };
    if (field == RouterField::Routing)
        return tr("unset: the built-in heuristic decides");
    if (field == RouterField::Deep && isSet(RouterField::Smart))
        return tr("unset: smart's model serves it");
    if (field != RouterField::Balanced && isSet(RouterField::Balanced))
        return tr("unset: balanced's model serves it");
    return tr("unset: its requests are refused");
}

QString RouterPage::fieldName(RouterField field) const {
    const QString tier = tierOf(field);
    return tier.isEmpty() ? tr("the router") : tier;
}

QString RouterPage::fileName() const {
    return QString::fromStdString(routerFile);
}

bool RouterPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_temperature) {
        if (event->type() == QEvent::FocusOut) {
            m_document.endTyping();
            m_temperatureBefore.reset();
        }
        // Undo is the page's, which knows every field's steps, not the editor's own.
        if (event->type() == QEvent::ShortcutOverride) {
            auto* key = static_cast<QKeyEvent*>(event);
            if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
                key->ignore();
                return true;
            }
        }
    }
    return Page::eventFilter(watched, event);
}

void RouterPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    startCheck(); // a key may have been added, a price come into force
}

void RouterPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    arrange();
}

void RouterPage::changeEvent(QEvent* event) {
    Page::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_splitter != nullptr)
        arrange();
}

} // namespace tierdeck::ui
