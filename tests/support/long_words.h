// A language that is English with more letters: what a translation into a wordier language does to a window.
// GUI tests only; made before the window, for as long as it lives.
#pragma once

#include <QCoreApplication>
#include <QTranslator>

namespace tierdeck::testing {

class LongWords final : public QTranslator {
public:
    LongWords() { QCoreApplication::installTranslator(this); }

    ~LongWords() override { QCoreApplication::removeTranslator(this); }

    [[nodiscard]] bool isEmpty() const override { return false; }

    [[nodiscard]] QString translate(const char*, const char* source, const char*, int) const override {
        return stretched(QString::fromUtf8(source));
    }

    /// Every vowel twice, about two fifths longer; marks, numbers of arguments and keys stay.
    [[nodiscard]] static QString stretched(const QString& words) {
        QString longer;
        bool inMarkup = false;
        for (qsizetype i = 0; i < words.size(); ++i) {
            const QChar letter = words.at(i);
            longer.append(letter);
            inMarkup = letter == u'<' || (inMarkup && letter != u'>');
            const bool isKey = i > 0 && words.at(i - 1) == u'&';
            if (!inMarkup && !isKey && QStringView(u"aeiouAEIOU").contains(letter))
                longer.append(letter.toLower());
        }
        return longer;
    }
};

} // namespace tierdeck::testing
