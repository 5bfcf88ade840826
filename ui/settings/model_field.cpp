#include "ui/settings/model_field.h"

#include "ui/settings/model_choice_model.h"
#include "ui/settings/model_picker.h"
#include "ui/settings/problem_list.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>

#include <algorithm>

namespace tierdeck::ui {

ModelField::ModelField(Theme& theme, ModelChoiceModel& choices, RouterField field, const QString& label,
                       const QString& help, QWidget* parent)
    : QWidget(parent)
    , m_choices(choices)
    , m_field(field)
    , m_name(new QWidget(this))
    , m_label(new QLabel(label, m_name))
    , m_picker(new ModelPicker(theme, choices, this))
    , m_fixed(new QLabel(this))
    , m_facts(new QLabel(this))
    , m_help(new QLabel(help, this))
    , m_problems(new ProblemList(theme, ProblemList::Places::Hidden, this)) {
    const QString key = text::fromUtf8(keyOf(field));
    QString plainLabel = label;
    plainLabel.remove(u'&');
    m_picker->setObjectName(key);
    m_picker->setAccessibleName(tr("Model of %1").arg(plainLabel));
    m_picker->setAccessibleDescription(help);
    m_picker->setToolTip(help);
    m_facts->setObjectName(key + QStringLiteral("Facts"));
    m_problems->setObjectName(key + QStringLiteral("Problems"));
    m_label->setBuddy(m_picker);
    m_fixed->setObjectName(key + QStringLiteral("Fixed"));
    m_fixed->setTextFormat(Qt::PlainText);
    m_fixed->setWordWrap(true);
    m_fixed->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_fixed->hide();
    m_label->setFont(Theme::sectionTitleFont());
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setWordWrap(true);
    m_help->setWordWrap(true);
    m_help->setFont(Theme::smallFont());
    m_help->setForegroundRole(QPalette::PlaceholderText);

    auto* nameRow = new QHBoxLayout(m_name);
    nameRow->setContentsMargins(0, 0, 0, 0);
    nameRow->setSpacing(Theme::paddingSmall);
    if (const QString tier = tierOf(field); !tier.isEmpty())
        nameRow->addWidget(new TierChip(theme, tier, m_name));
    nameRow->addWidget(m_label);
    nameRow->addStretch(1);

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(Theme::padding);
    grid->setVerticalSpacing(Theme::grid);
    grid->setColumnStretch(1, 1);
    grid->addWidget(m_name, 0, 0, Qt::AlignVCenter);
    grid->addWidget(m_picker, 0, 1);
    grid->addWidget(m_fixed, 0, 1);
    grid->addWidget(m_facts, 1, 1);
    grid->addWidget(m_problems, 2, 1);
    grid->addWidget(m_help, 3, 1);

    connect(m_picker, &ModelPicker::typed, this, &ModelField::typed);
    connect(m_picker, &ModelPicker::picked, this, &ModelField::picked);
    connect(m_picker, &ModelPicker::left, this, &ModelField::left);
    connect(m_problems, &ProblemList::fixWanted, this, &ModelField::fixWanted);
    connect(&m_choices, &QAbstractItemModel::modelReset, this, &ModelField::refreshFacts);
}

void ModelField::showState(const RouterDocument::FieldState& state, const QString& unsetText, bool editable) {
    m_state = state;
    m_picker->setUnsetText(unsetText);
    m_picker->setModelId(state.isSet ? state.text : QString());
    m_picker->setReadOnly(!editable || !state.isOwnForm);
    m_picker->setEnabled(editable);
    // What cannot be edited does not look as if it could.
    m_fixed->setText(state.text);
    m_fixed->setAccessibleName(QStringLiteral("%1: %2").arg(m_picker->accessibleName(), state.text));
    m_fixed->setVisible(!state.isOwnForm);
    m_picker->setVisible(state.isOwnForm);
    m_label->setBuddy(state.isOwnForm ? static_cast<QWidget*>(m_picker) : m_fixed);
    refreshFacts();
}

void ModelField::showProblems(const std::vector<preferences::Problem>& problems) {
    m_problems->setProblems(problems, "model-router.json");
}

int ModelField::nameWidth() const {
    return m_name->sizeHint().width();
}

void ModelField::setNameWidth(int width) {
    m_name->setMinimumWidth(width);
}

void ModelField::refreshFacts() {
    QString facts;
    if (m_state.isSet) {
        if (const ModelChoice* choice = m_choices.find(m_state.text))
            facts = ModelChoiceModel::sentence(*choice);
        if (!m_state.isOwnForm) {
            if (!facts.isEmpty())
                facts += u'\n';
            facts += tr("Stands at %1 in another runtime's form. It is used as it is; change it in the file.")
                         .arg(text::fromUtf8(m_state.pointer));
        }
    }
    m_facts->setText(facts);
    m_facts->setVisible(!facts.isEmpty());
}

} // namespace tierdeck::ui
