#include "core/tierlog/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tierdeck::tierlog {

namespace {

struct LeadingTime {
    UtcTime time{};
    bool isLocal = false;
    std::size_t length = 0; ///< bytes of the line that it takes
};

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isSpace(char c) {
    return c == ' ' || c == '\t';
}

/// `count` digits at `at` as a number; -1 when they are not all digits.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size())
        return -1;
    int number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!isDigit(text[i]))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/// "2026-11-21T05:47:12.123Z", with a space for the T, a comma for the point, any number of decimals, an
/// offset or no zone, and with brackets around all of it.
std::optional<LeadingTime> leadingTime(std::string_view line) {
    std::size_t at = 0;
    const bool bracketed = !line.empty() && line.front() == '[';
    if (bracketed)
        at = 1;
    const auto is = [&](std::size_t offset, char c) {
        return at + offset < line.size() && line[at + offset] == c;
    };
    if (!is(4, '-') || !is(7, '-') || (!is(10, 'T') && !is(10, ' ')) || !is(13, ':') || !is(16, ':'))
        return std::nullopt;
    const int year = digits(line, at, 4);
    const int month = digits(line, at + 5, 2);
    const int day = digits(line, at + 8, 2);
    const int hour = digits(line, at + 11, 2);
    const int minute = digits(line, at + 14, 2);
    const int second = digits(line, at + 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
        return std::nullopt;
    at += 19;
    int milliseconds = 0;
    if (at < line.size() && (line[at] == '.' || line[at] == ',')) {
        ++at;
        int place = 100;
        while (at < line.size() && isDigit(line[at])) {
            milliseconds += (line[at] - '0') * place;
            place /= 10;
            ++at;
        }
    }
    LeadingTime result;
    result.time = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second) + std::chrono::milliseconds(milliseconds);
    if (at < line.size() && line[at] == 'Z') {
        ++at;
    } else if (at < line.size() && (line[at] == '+' || line[at] == '-') && digits(line, at + 1, 2) >= 0) {
        const int sign = line[at] == '+' ? 1 : -1;
        const int hours = digits(line, at + 1, 2);
        at += 3;
        if (at < line.size() && line[at] == ':')
            ++at;
        const int minutes = digits(line, at, 2);
        if (minutes >= 0)
            at += 2;
        result.time -= sign * (std::chrono::hours(hours) + std::chrono::minutes(std::max(minutes, 0)));
    } else {
        result.isLocal = true;
    }
    if (bracketed) {
        if (at >= line.size() || line[at] != ']')
            return std::nullopt;
        ++at;
    }
    if (at < line.size() && !isSpace(line[at]))
        return std::nullopt;
    result.length = at;
    return result;
}

bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

Level levelNamed(std::string_view word) {
    struct Name {
        std::string_view word;
        Level level;
    };

    static constexpr std::array<Name, 11> names{{{"info", Level::Info},
                                                 {"warn", Level::Warn},
                                                 {"warning", Level::Warn},
                                                 {"error", Level::Error},
                                                 {"err", Level::Error},
                                                 {"debug", Level::Debug},
                                                 {"trace", Level::Debug},
                                                 {"notice", Level::Info},
                                                 {"critical", Level::Error},
                                                 {"fatal", Level::Error},
                                                 {"severe", Level::Error}}};
    for (const Name& name : names) {
        if (equalsIgnoringCase(word, name.word))
            return name.level;
    }
    return Level::None;
}

/// "[warn]", "WARN", "WARN:": a word that names a level the way loggers do, not the way a sentence would.
Level levelFrom(std::string_view word) {
    if (word.size() >= 2 && word.front() == '[' && word.back() == ']') {
        const std::string_view inner = word.substr(1, word.size() - 2);
        const std::size_t last = inner.find_last_not_of(' ');
        return last == std::string_view::npos ? Level::None : levelNamed(inner.substr(0, last + 1));
    }
    if (!word.empty() && word.back() == ':')
        word.remove_suffix(1);
    if (word.empty() || word.front() < 'A' || word.front() > 'Z' || word.back() < 'A' || word.back() > 'Z')
        return Level::None;
    return levelNamed(word);
}

std::size_t skipSpace(std::string_view text, std::size_t at) {
    while (at < text.size() && isSpace(text[at]))
        ++at;
    return at;
}

std::size_t wordEnd(std::string_view text, std::size_t at) {
    while (at < text.size() && !isSpace(text[at]))
        ++at;
    return at;
}

/// The word at `at`, up to what cannot be part of a tier's name.
std::string_view nameAt(std::string_view text, std::size_t at) {
    at = skipSpace(text, at);
    std::size_t end = at;
    while (end < text.size() && !isSpace(text[end]) && text[end] != ',' && text[end] != '(' &&
           text[end] != ')' && text[end] != ';')
        ++end;
    return text.substr(at, end - at);
}

/// What stands behind the arrow of "balanced -> coding".
std::string_view nameBehindArrow(std::string_view text) {
    const std::size_t arrow = text.find("->");
    return arrow == std::string_view::npos ? std::string_view() : nameAt(text, arrow + 2);
}

struct Opening {
    std::string_view words;
    Kind kind;
};

constexpr std::array<Opening, 9> openings{{{"Tier assignment:", Kind::Assignment},
                                           {"Dynamic tier upgrade:", Kind::Upgrade},
                                           {"Fallback:", Kind::Fallback},
                                           {"Request complete:", Kind::Complete},
                                           {"Model mismatch:", Kind::Mismatch},
                                           {"Budget:", Kind::Budget},
                                           {"Availability:", Kind::Availability},
                                           {"Preferences:", Kind::Preferences},
                                           {"Window:", Kind::Window}}};

/// Phrases that stand somewhere in the lines of other runtimes. Each contains "tier", by which it is found.
struct Phrase {
    std::string_view words;
    std::size_t tierAt; ///< where "ier" stands in it
    Kind kind;
    bool behindComponent; ///< "[DynamicTier] Detected coding activity, upgrading tier:"
};

constexpr std::array<Phrase, 6> phrases{{{"Tier assignment:", 1, Kind::Assignment, false},
                                         {"Dynamic tier upgrade:", 9, Kind::Upgrade, false},
                                         {"Resolved tier:", 10, Kind::Assignment, true},
                                         {"upgrading tier:", 11, Kind::Upgrade, true},
                                         {"Model tier:", 7, Kind::Assignment, true},
                                         {"Tier changed to:", 1, Kind::Assignment, true}}};

struct Field {
    LogField field;
    std::size_t end = 0; ///< offset behind it
};

bool startsKey(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continuesKey(char c) {
    return startsKey(c) || isDigit(c) || c == '.' || c == '-';
}

/// `key=value` as one word at `at`; nullopt when what stands there is something else.
std::optional<Field> fieldAt(std::string_view text, std::size_t at) {
    if (at >= text.size() || !startsKey(text[at]))
        return std::nullopt;
    std::size_t end = at + 1;
    while (end < text.size() && continuesKey(text[end]))
        ++end;
    if (end >= text.size() || text[end] != '=')
        return std::nullopt;
    Field result;
    result.field.key = text.substr(at, end - at);
    const std::size_t value = end + 1;
    if (value < text.size() && text[value] == '"') {
        std::size_t close = value + 1;
        while (close < text.size() && text[close] != '"')
            close += text[close] == '\\' ? 2U : 1U;
        if (close >= text.size() || (close + 1 < text.size() && !isSpace(text[close + 1])))
            return std::nullopt;
        result.field.value = text.substr(value + 1, close - value - 1);
        result.end = close + 1;
    } else {
        result.end = wordEnd(text, value);
        result.field.value = text.substr(value, result.end - value);
    }
    return result;
}

/// Where the unbroken run of fields at the end of the message begins; its size when there is none.
std::size_t fieldsBegin(std::string_view message) {
    std::size_t begin = message.size();
    std::size_t at = skipSpace(message, 0);
    while (at < message.size()) {
        if (const auto found = fieldAt(message, at)) {
            if (begin == message.size())
                begin = at;
            at = skipSpace(message, found->end);
        } else {
            begin = message.size();
            at = skipSpace(message, wordEnd(message, at));
        }
    }
    return begin;
}

template <typename Visitor>
void visitFields(std::string_view message, Visitor visit) {
    std::size_t at = fieldsBegin(message);
    while (at < message.size()) {
        const auto found = fieldAt(message, at);
        if (!found)
            return;
        visit(found->field);
        at = skipSpace(message, found->end);
    }
}

std::string_view fieldNamed(std::string_view message, std::string_view key) {
    std::string_view value;
    visitFields(message, [&](const LogField& field) {
        if (field.key == key)
            value = field.value;
    });
    return value;
}

struct Head {
    std::optional<LeadingTime> time;
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::string_view message;
    std::string_view namedTier; ///< by the sentence
};

void findPhrase(Head& head) {
    const std::string_view text = head.message;
    for (std::size_t at = text.find("ier"); at != std::string_view::npos; at = text.find("ier", at + 3)) {
        for (const Phrase& phrase : phrases) {
            if (at < phrase.tierAt ||
                text.compare(at - phrase.tierAt, phrase.words.size(), phrase.words) != 0)
                continue;
            std::size_t begin = at - phrase.tierAt;
            const std::size_t behind = begin + phrase.words.size();
            head.kind = phrase.kind;
            head.namedTier =
                phrase.kind == Kind::Upgrade ? nameBehindArrow(text.substr(behind)) : nameAt(text, behind);
            const std::size_t bracket =
                phrase.behindComponent ? text.rfind('[', begin) : std::string_view::npos;
            if (bracket != std::string_view::npos && text.find("] ", bracket) < begin)
                begin = bracket;
            head.message = text.substr(begin);
            return;
        }
    }
}

Head headOf(std::string_view line) {
    Head head;
    head.time = leadingTime(line);
    std::size_t at = skipSpace(line, head.time ? head.time->length : 0);
    const std::size_t end = wordEnd(line, at);
    head.level = levelFrom(line.substr(at, end - at));
    if (head.level != Level::None)
        at = skipSpace(line, end);
    else if (!head.time)
        at = 0; // the indentation of a stack trace means something
    head.message = line.substr(at);
    for (const Opening& opening : openings) {
        if (head.message.substr(0, opening.words.size()) != opening.words)
            continue;
        head.kind = opening.kind;
        if (opening.kind == Kind::Assignment)
            head.namedTier = nameAt(head.message, opening.words.size());
        else if (opening.kind == Kind::Upgrade)
            head.namedTier = nameBehindArrow(head.message);
        return head;
    }
    if (head.level == Level::None) {
        // "… 12:00:00.123 [main] INFO  bot.Router - text": the level is one of the first words. Levels of
        // sentences
        // ("an ERROR occurred") are no levels, hence the few words and the time before them.
        std::size_t word = at;
        for (int i = 0; i < 4 && head.time && word < line.size() && head.level == Level::None; ++i) {
            const std::size_t next = wordEnd(line, word);
            head.level = levelFrom(line.substr(word, next - word));
            word = skipSpace(line, next);
        }
    }
    findPhrase(head);
    return head;
}

/// The field says it exactly; the sentence is for those who write none. In one pass: this is what indexing
/// spends its time on.
std::string_view tierOf(const Head& head) {
    const std::string_view message = head.message;
    std::string_view tier;
    std::size_t at = skipSpace(message, 0);
    while (at < message.size()) {
        const auto found = fieldAt(message, at);
        if (!found)
            tier = {};
        else if (found->field.key == "tier")
            tier = found->field.value;
        at = skipSpace(message, found ? found->end : wordEnd(message, at));
    }
    return tier.empty() ? head.namedTier : tier;
}

template <typename Number>
std::optional<Number> numberFrom(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return number;
}

} // namespace

std::string_view LogLine::field(std::string_view key) const {
    return fieldNamed(message, key);
}

std::vector<LogField> LogLine::fields() const {
    std::vector<LogField> all;
    visitFields(message, [&](const LogField& field) { all.push_back(field); });
    return all;
}

std::string_view LogLine::sentence() const {
    const std::string_view text = message.substr(0, fieldsBegin(message));
    const std::size_t last = text.find_last_not_of(" \t");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

LogLine parseLogLine(std::string_view line) {
    const Head head = headOf(line);
    LogLine result;
    if (head.time) {
        result.time = head.time->time;
        result.timeIsLocal = head.time->isLocal;
    }
    result.level = head.level;
    result.kind = head.kind;
    result.message = head.message;
    std::string_view fieldTier;
    visitFields(head.message, [&](const LogField& field) {
        if (field.key == "tier")
            fieldTier = field.value;
        else if (field.key == "session")
            result.session = field.value;
        else if (field.key == "turn")
            result.turn = numberFrom<int>(field.value);
        else if (field.key == "request")
            result.request = numberFrom<std::int64_t>(field.value);
    });
    result.tier = fieldTier.empty() ? head.namedTier : fieldTier;
    return result;
}

LineGist gistOf(std::string_view line) {
    const Head head = headOf(line);
    return {head.level, head.kind, tierOf(head)};
}

std::string unescaped(std::string_view value) {
    std::string text;
    text.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            text += value[i];
            continue;
        }
        ++i;
        switch (value[i]) {
        case 'n':
            text += '\n';
            break;
        case 'r':
            text += '\r';
            break;
        case 't':
            text += '\t';
            break;
        case '"':
        case '\\':
            text += value[i];
            break;
        default: // not an escape: a Windows path, say
            text += '\\';
            text += value[i];
        }
    }
    return text;
}

std::string_view toString(Level level) {
    switch (level) {
    case Level::None:
        return "";
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warn:
        return "warn";
    case Level::Error:
        return "error";
    }
    return "";
}

std::string_view toString(Kind kind) {
    switch (kind) {
    case Kind::Other:
        return "";
    case Kind::Assignment:
        return "assignment";
    case Kind::Upgrade:
        return "upgrade";
    case Kind::Fallback:
        return "fallback";
    case Kind::Complete:
        return "complete";
    case Kind::Mismatch:
        return "mismatch";
    case Kind::Budget:
        return "budget";
    case Kind::Availability:
        return "availability";
    case Kind::Preferences:
        return "preferences";
    case Kind::Window:
        return "window";
    }
    return "";
}

} // namespace tierdeck::tierlog
