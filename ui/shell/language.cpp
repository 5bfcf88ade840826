#include "ui/shell/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace tierdeck::ui {

void installLanguage(QCoreApplication& application) {
    const QString folder = QStringLiteral(":/translations");
    const auto install = [&application](auto&& load) {
        auto* translator = new QTranslator(&application);
        if (load(*translator))
            QCoreApplication::installTranslator(translator);
        else
            delete translator;
    };
    // The sentences in the source are English but for their plurals ("%n turn(s)").
    install([&](QTranslator& english) { return english.load(QStringLiteral("tierdeck_en"), folder); });
    const QLocale locale;
    install([&](QTranslator& own) {
        return own.load(locale, QStringLiteral("tierdeck"), QStringLiteral("_"), folder);
    });
    install([&](QTranslator& qt) {
        return qt.load(locale, QStringLiteral("qtbase"), QStringLiteral("_"),
                       QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    });
}

} // namespace tierdeck::ui
