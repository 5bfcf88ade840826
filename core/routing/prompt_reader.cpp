#include "core/routing/complexity.h"
#include "core/routing/complexity_features.h"
#include "core/routing/complexity_lexicon.h"
#include "core/routing/text_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace tierdeck::routing {

namespace {

using lexicon::Topic;

// What a person asks stands at the start or the end of a long paste; the counts saturate long before this
// many bytes.
constexpr std::size_t headBytes = 24 * 1024;
constexpr std::size_t tailBytes = 8 * 1024;

// A text of several parts is asked for in its first and its last one: what lies between was pasted.
constexpr std::size_t longestOpening = 1200;
constexpr std::size_t longestClosing = 250;
constexpr std::size_t shortestOpening = 24; ///< "Hi all," is no ask
constexpr std::size_t plainText = 700;      ///< without parts, up to these many bytes all is ask
constexpr std::size_t longestQuote = 600;
constexpr int openingWords = 5;
constexpr int rootLength = 6;
constexpr int longestStem = 12;

// Buckets that the opening and the paste leave free for what follows.
constexpr std::size_t closingBuckets = 72;
constexpr std::size_t pasteBuckets = 40;

constexpr std::uint32_t hashSeed = 2166136261u;

constexpr std::uint32_t hashStep(std::uint32_t hash, std::uint32_t code) {
    return (hash ^ code) * 16777619u;
}

struct Decoded {
    std::uint32_t code;
    std::size_t length;
};

constexpr Decoded decode(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
    };
    if (byte(0) < 0x80)
        return {byte(0), 1};
    if (byte(0) < 0xE0)
        return {(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F), 2};
    return {(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
}

/// Whole words and stems by their hashes, laid out when the program is compiled.
class TopicTable {
public:
    constexpr TopicTable() {
        for (const lexicon::Words& list : lexicon::words) {
            for (std::size_t at = 0; at < list.words.size();) {
                std::uint32_t hash = hashSeed;
                std::uint32_t start = hash;
                int length = 0;
                bool stem = false;
                for (; at < list.words.size() && list.words[at] != ' ';) {
                    const Decoded character = decode(list.words, at);
                    at += character.length;
                    if (character.code == '*') {
                        stem = true;
                    } else {
                        hash = hashStep(hash, character.code);
                        if (length++ < stemStart)
                            start = hash;
                    }
                }
                if (hash != hashSeed) {
                    insert(stem ? mixStem(hash) : hash, list.topic);
                    stem ? m_stemStarts.insert(start) : m_words.insert(hash);
                }
                ++at;
            }
        }
    }

    /// Most words stand in no list: a bitmap says so without the table.
    [[nodiscard]] Topic word(std::uint32_t hash) const {
        return m_words.has(hash) ? find(hash) : Topic::None;
    }

    /// False for the first stemStart characters of a word that has no stem.
    [[nodiscard]] bool mayHaveStem(std::uint32_t hashOfStart) const { return m_stemStarts.has(hashOfStart); }

    [[nodiscard]] Topic stem(std::uint32_t hash) const { return find(mixStem(hash)); }

    static constexpr int stemStart = 3; ///< as long as the shortest stem

private:
    static constexpr std::size_t slots = 8192;

    /// A set that now and then takes a stranger for one of its own.
    template <std::size_t Bits>
    class HashSet {
    public:
        constexpr void insert(std::uint32_t hash) {
            m_bits[at(hash) / 64] |= std::uint64_t(1) << at(hash) % 64;
        }

        [[nodiscard]] bool has(std::uint32_t hash) const {
            return m_bits[at(hash) / 64] >> at(hash) % 64 & 1u;
        }

    private:
        static constexpr std::uint32_t at(std::uint32_t hash) { return (hash ^ hash >> 15) % Bits; }

        std::array<std::uint64_t, Bits / 64> m_bits{};
    };

    static constexpr std::uint32_t mixStem(std::uint32_t hash) { return (hash ^ 0x9E3779B9u) * 2654435761u; }

    constexpr void insert(std::uint32_t hash, Topic topic) {
        std::size_t slot = hash % slots;
        while (m_topics[slot] != Topic::None && m_hashes[slot] != hash)
            slot = (slot + 1) % slots;
        if (m_topics[slot] != Topic::None)
            return; // in two lists: the first one counts
        m_hashes[slot] = hash;
        m_topics[slot] = topic;
    }

    [[nodiscard]] Topic find(std::uint32_t hash) const {
        std::size_t slot = hash % slots;
        while (m_topics[slot] != Topic::None) {
            if (m_hashes[slot] == hash)
                return m_topics[slot];
            slot = (slot + 1) % slots;
        }
        return Topic::None;
    }

    std::array<std::uint32_t, slots> m_hashes{};
    std::array<Topic, slots> m_topics{};
    HashSet<65536> m_words;
    HashSet<8192> m_stemStarts;
};

constexpr TopicTable topics;

/// The buckets of a text, each once.
class BucketSet {
public:
    explicit BucketSet(Buckets& buckets)
        : m_buckets(buckets) {}

    /// Leaves room for `reserved` more.
    void add(std::uint32_t hash, bool ofAsk, std::size_t reserved) {
        const std::uint32_t id = hash * 2654435761u >> (32 - bucketBits);
        std::uint64_t& seen = m_seen[id / 64];
        const std::uint64_t bit = std::uint64_t(1) << (id % 64);
        if (seen & bit || m_buckets.size() + reserved >= Buckets::most)
            return;
        seen |= bit;
        m_buckets.add({static_cast<std::uint16_t>(id & (bucketCount - 1)), ofAsk});
    }

private:
    Buckets& m_buckets;
    std::array<std::uint64_t, bucketCount / 64> m_seen{};
};

/// What is counted apart in the ask and in the paste.
struct ZoneCounts {
    std::array<int, static_cast<std::size_t>(Topic::Count)> topic{};
    int words = 0;
    int sentences = 0;
    int questions = 0;
    int backticks = 0;
    int identifiers = 0;
    int codeSymbols = 0;
    int paths = 0;
    int numbers = 0;

    [[nodiscard]] int of(Topic which) const { return topic[static_cast<std::size_t>(which)]; }
};

struct Counts {
    ZoneCounts ask;
    ZoneCounts paste;
    int listItems = 0;
    int fences = 0;
    std::size_t fencedBytes = 0;
    int traceLines = 0;
    int diffLines = 0;
    bool startsFactual = false;
    bool opensSmall = false;
};

/// Where the ask at the start ends and the one at the end begins.
struct Parts {
    std::size_t openingEnd = 0;
    std::size_t closingBegin = 0;
};

bool endsPart(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    return rest.starts_with("\n\n") || rest.starts_with("\n\r\n") || rest.starts_with(":\n") ||
           rest.starts_with("```") || rest.starts_with("\xEF\xBC\x9A\n"); // full-width colon
}

constexpr std::array<bool, 256> mayEndPart = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("\n:`\xEF"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

std::size_t openingEnd(std::string_view text) {
    const std::size_t limit = std::min(text.size(), longestOpening);
    for (std::size_t at = 0; at < limit; ++at) {
        if (mayEndPart[static_cast<unsigned char>(text[at])] && endsPart(text, at) &&
            (at >= shortestOpening || text[at] == '`' || text[at] == ':'))
            return at;
    }
    if (text.size() <= plainText)
        return text.size();
    const std::size_t line = text.find('\n', 60);
    return line < plainText ? line : std::min(text.size(), std::min(text.find(". ", 240), plainText));
}

std::size_t closingBegin(std::string_view text, std::size_t openingEnd) {
    if (openingEnd >= text.size())
        return text.size();
    if (text[openingEnd] == ':' || text[openingEnd] == '\xEF')
        return text.size(); // said what to do with what follows
    std::size_t end = text.size();
    while (end > openingEnd && isSpace(text[end - 1]))
        --end;
    const std::size_t from = std::max(openingEnd, end > longestClosing ? end - longestClosing : 0);
    for (std::size_t at = end; at-- > from + 1;) {
        if (text[at] == '\n' && text.substr(at).starts_with("\n\n"))
            return at + 2;
        if (text[at] == '`' && text.substr(at).starts_with("```"))
            return at + 3;
    }
    if (endsPart(text, openingEnd) && text[openingEnd] != '`')
        return text.size();
    const std::size_t line = text.rfind('\n', end - 1);
    return line != std::string_view::npos && line > from && end - line < 240 ? line + 1 : text.size();
}

enum class Kind : unsigned char {
    Other,
    Space,
    Newline,
    Letter,
    Digit,
    Symbol,
    Backtick,
    Question,
    Stop,
    Slash,
    Wide
};

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t c = 0; c < 256; ++c) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
            table[c] = Kind::Letter;
        else if (c >= '0' && c <= '9')
            table[c] = Kind::Digit;
        else if (c >= 0xC3 && c <= 0xDF) // two-byte letters: Latin, Greek, Cyrillic, Hebrew, Arabic
            table[c] = Kind::Letter;
        else if (c >= 0x80)
            table[c] = Kind::Wide;
    }
    for (const char c : std::string_view("{}();=<>[]|&$"))
        table[static_cast<std::size_t>(c)] = Kind::Symbol;
    for (const char c : std::string_view(" \t\r\v\f"))
        table[static_cast<std::size_t>(c)] = Kind::Space;
    table['\n'] = Kind::Newline;
    table['`'] = Kind::Backtick;
    table['?'] = Kind::Question;
    table['.'] = table['!'] = Kind::Stop;
    table['/'] = Kind::Slash;
    return table;
}();

constexpr unsigned lowerShape = 1;
constexpr unsigned upperShape = 2;
constexpr unsigned underscoreShape = 4;
constexpr unsigned camelShape = 8;

/// What of ASCII continues a word.
struct WordChar {
    unsigned char code = 0; ///< in lower case; 0 for what is no part of one, or not ASCII
    unsigned char shape = 0;
};

constexpr std::array<WordChar, 256> wordChars = [] {
    std::array<WordChar, 256> table{};
    for (unsigned char c = 'a'; c <= 'z'; ++c) {
        table[c] = {c, lowerShape};
        table[c - 32u] = {c, upperShape};
    }
    for (unsigned char c = '0'; c <= '9'; ++c)
        table[c] = {c, 0};
    table['_'] = {'_', underscoreShape};
    return table;
}();

constexpr std::array<std::string_view, 34> fileEndings{
    "py",   "js", "ts",    "tsx",  "jsx", "cpp", "hpp", "cc",   "c",    "h",   "rs",   "go",
    "java", "kt", "swift", "rb",   "php", "cs",  "md",  "json", "yaml", "yml", "toml", "ini",
    "cfg",  "sh", "sql",   "html", "css", "xml", "log", "txt",  "lua",  "vue"};

class Scanner {
public:
    Scanner(std::string_view text, Counts& counts, Buckets& buckets)
        : m_counts(counts)
        , m_buckets(buckets)
        , m_text(text) {
        m_parts.openingEnd = openingEnd(text);
        m_parts.closingBegin = closingBegin(text, m_parts.openingEnd);
    }

    [[nodiscard]] const Parts& parts() const { return m_parts; }

    void scan(std::size_t from, std::size_t to) {
        m_end = to;
        m_lineStart = true;
        m_slashes = 0;
        m_tokenStart = from;
        m_previousWide = 0;
        m_previousWord = 0;
        enter(from);
        for (m_at = from; m_at < m_end;) {
            if (m_at >= m_zoneEnd)
                enter(m_at);
            step();
        }
        endToken();
        if (m_fenced)
            m_counts.fencedBytes += m_end - std::min(m_fenceStart, m_end);
        m_fenced = false;
    }

private:
    void enter(std::size_t at) {
        m_inAsk = at < m_parts.openingEnd || at >= m_parts.closingBegin;
        m_zone = m_inAsk ? &m_counts.ask : &m_counts.paste;
        m_zoneEnd = at < m_parts.openingEnd     ? m_parts.openingEnd
                    : at < m_parts.closingBegin ? m_parts.closingBegin
                                                : m_text.size();
        m_previousWord = 0;
    }

    void step() {
        const Kind kind = kindAt(m_at);
        if (kind != Kind::Wide)
            m_previousWide = 0;
        if (m_lineStart && kind != Kind::Space && kind != Kind::Newline) {
            m_lineStart = false;
            lookAtLine();
        }
        switch (kind) {
        case Kind::Letter:
            takeWord();
            return;
        case Kind::Digit:
            takeNumber();
            return;
        case Kind::Wide:
            lookForQuote();
            takeWide();
            return;
        case Kind::Backtick:
            takeBackticks();
            return;
        case Kind::Space:
            endToken();
            break;
        case Kind::Newline:
            endToken();
            m_lineStart = true;
            break;
        case Kind::Symbol:
            ++m_zone->codeSymbols;
            break;
        case Kind::Question:
            ++m_zone->questions;
            ++m_zone->sentences;
            break;
        case Kind::Stop:
            if (m_at + 1 == m_end || isSpace(m_text[m_at + 1]))
                ++m_zone->sentences;
            break;
        case Kind::Slash:
            if (m_at + 1 < m_end && m_text[m_at + 1] == '/')
                m_slashes -= 8; // a link, not a path
            ++m_slashes;
            break;
        case Kind::Other:
            lookForQuote();
            break;
        }
        ++m_at;
    }

    /// What stands in quotation marks is spoken of, not said: it counts as pasted.
    void lookForQuote() {
        struct Marks {
            std::string_view open;
            std::string_view close;
        };

        static constexpr std::array<Marks, 6> marks{{{"\"", "\""},
                                                     {"'", "'"},
                                                     {"\u201C", "\u201D"},
                                                     {"\u201E", "\u201C"},
                                                     {"\u00AB", "\u00BB"},
                                                     {"\u300C", "\u300D"}}};
        const char first = m_text[m_at];
        if (!m_inAsk ||
            (first != '"' && first != '\'' && first != '\xE2' && first != '\xC2' && first != '\xE3'))
            return;
        if (first == '\'' && m_at > 0 && !isSpace(m_text[m_at - 1]) && m_text[m_at - 1] != '(')
            return; // an apostrophe
        const std::string_view rest = m_text.substr(m_at, std::min(longestQuote, m_end - m_at));
        for (const Marks& mark : marks) {
            if (!rest.starts_with(mark.open))
                continue;
            const std::size_t end = rest.find(mark.close, mark.open.size());
            if (end == std::string_view::npos)
                continue;
            m_zoneEnd = m_at + end + mark.close.size();
            m_inAsk = false;
            m_zone = &m_counts.paste;
            m_previousWord = 0;
            return;
        }
    }

    [[nodiscard]] Kind kindAt(std::size_t at) const { return kinds[static_cast<unsigned char>(m_text[at])]; }

    [[nodiscard]] std::string_view rest() const { return m_text.substr(m_at); }

    void endToken() {
        const std::size_t start = std::exchange(m_tokenStart, m_at + 1);
        if (m_slashes == 0)
            return;
        const std::string_view token = m_text.substr(start, m_at - start);
        if (m_slashes >= 2 || (m_slashes == 1 && (token.starts_with("./") || token.starts_with("~/"))))
            ++m_zone->paths;
        m_slashes = 0;
    }

    void lookAtLine() {
        const std::string_view line = m_text.substr(m_at, 48);
        if (startsLikeCode(line))
            ++m_zone->identifiers;
        switch (line[0]) {
        case '-':
        case '*':
            if (line.size() > 1 && line[1] == ' ')
                ++m_counts.listItems;
            else if (line.starts_with("--- a/") || line.starts_with("--- /dev/null"))
                ++m_counts.diffLines;
            break;
        case '+':
            m_counts.diffLines += line.starts_with("+++ ");
            break;
        case '@':
            m_counts.diffLines += line.starts_with("@@ -");
            break;
        case 'd':
            m_counts.diffLines += line.starts_with("diff --git");
            break;
        case 'a': // "at com.shop.Cart.total(Cart.java:42)"
            if (line.starts_with("at ") &&
                (line.find('(', 3) != std::string_view::npos || line.find("::", 3) != std::string_view::npos))
                ++m_counts.traceLines;
            break;
        case 'F':
            m_counts.traceLines += line.starts_with("File \"");
            break;
        case 'T':
            m_counts.traceLines += line.starts_with("Traceback (");
            break;
        case 'C':
            m_counts.traceLines += line.starts_with("Caused by:");
            break;
        case '#':
            m_counts.traceLines +=
                line.size() > 3 && line[1] >= '0' && line[1] <= '9' && line.find(" 0x") < 6;
            break;
        default:
            if (line[0] >= '0' && line[0] <= '9') {
                const std::size_t end = line.find_first_not_of("0123456789");
                if (end < 3 && end + 1 < line.size() && (line[end] == '.' || line[end] == ')') &&
                    line[end + 1] == ' ')
                    ++m_counts.listItems;
            }
            break;
        }
    }

    static bool startsLikeCode(std::string_view line) {
        static constexpr std::array<std::string_view, 12> openings{
            "def ", "class ", "const ", "return ", "import ",  "func ",
            "fn ",  "let ",   "var ",   "SELECT ", "#include", "public "};
        return std::any_of(openings.begin(), openings.end(),
                           [&](std::string_view opening) { return line.starts_with(opening); }) &&
               line.substr(0, line.find('\n')).find_first_of("({;=*<") != std::string_view::npos;
    }

    void note(Topic topic) {
        ++m_zone->topic[static_cast<std::size_t>(topic)];
        if (!m_inAsk)
            return;
        const int place = m_zone->words;
        m_counts.startsFactual = m_counts.startsFactual || (topic == Topic::Factual && place <= 2);
        if (place > openingWords)
            return;
        m_counts.opensSmall = m_counts.opensSmall || topic == Topic::SmallTask;
    }

    /// The word and the pair that it makes with the one before.
    void addWord(std::uint32_t hash) {
        const std::size_t reserved = m_at >= m_parts.closingBegin ? 0
                                     : m_inAsk                    ? closingBuckets
                                                                  : closingBuckets + pasteBuckets;
        m_buckets.add(hash, m_inAsk, reserved);
        m_buckets.add(hashStep(m_previousWord * 31, hash), m_inAsk, reserved);
        m_previousWord = hash;
    }

    void takeWord() {
        const std::size_t begin = m_at;
        const std::size_t end = m_end;
        std::size_t at = begin;
        std::uint32_t hash = hashSeed;
        std::uint32_t root = hash; ///< of as many characters as words of one family share
        Topic stem = Topic::None;
        bool seeksStem = false;
        int length = 0;
        unsigned found = 0;  ///< shapes behind the first character
        unsigned before = 0; ///< shape of the character before
        while (at < end) {
            const auto byte = static_cast<unsigned char>(m_text[at]);
            if (const WordChar& plain = wordChars[byte]; plain.code != 0) {
                hash = hashStep(hash, plain.code);
                found |= length > 0 ? plain.shape : 0u;
                found |= plain.shape == upperShape && before == lowerShape ? camelShape : 0u;
                before = plain.shape;
                ++at;
            } else if (kinds[byte] == Kind::Letter) {
                const FoldedChar folded = foldedSequenceAt(m_text, at);
                hash = hashStep(hash, folded.code);
                before = 0;
                at += folded.length;
            } else {
                break;
            }
            if (length < rootLength)
                root = hash;
            ++length;
            if (length == TopicTable::stemStart)
                seeksStem = topics.mayHaveStem(hash);
            if (seeksStem) {
                stem = topics.stem(hash);
                seeksStem = stem == Topic::None && length < longestStem;
            }
        }
        m_at = at;
        const bool camel = (found & camelShape) != 0;
        const bool snake = (found & underscoreShape) != 0;
        ++m_zone->words;
        const std::string_view word = m_text.substr(begin, m_at - begin);
        Topic topic = length >= 2 ? topics.word(hash) : Topic::None;
        if (topic == Topic::None)
            topic = stem;
        if (length == 1 && (word[0] == 'C' || word[0] == 'c') &&
            (rest().starts_with("++") || rest().starts_with('#')))
            topic = Topic::Technology;
        if (topic != Topic::None)
            note(topic);
        addWord(root);

        const bool called = m_at < m_end && m_text[m_at] == '(';
        const bool scoped = rest().starts_with("::") || rest().starts_with("->");
        if ((snake && word.size() > 3) || camel || called || scoped)
            ++m_zone->identifiers;
        if (camel && (word.ends_with("Error") || word.ends_with("Exception")))
            ++m_counts.traceLines;
        if (begin > 1 && m_text[begin - 1] == '.' && word.size() <= 5 && kindAt(begin - 2) != Kind::Space &&
            kindAt(begin - 2) != Kind::Stop &&
            std::find(fileEndings.begin(), fileEndings.end(), word) != fileEndings.end())
            ++m_zone->paths;
    }

    void takeNumber() {
        while (m_at < m_end && (kindAt(m_at) == Kind::Digit || m_text[m_at] == '.' || m_text[m_at] == ','))
            ++m_at;
        if (m_text[m_at - 1] == '.')
            --m_at; // the sentence's stop
        ++m_zone->numbers;
    }

    /// Characters of scripts without spaces: each pair of neighbours is looked up.
    void takeWide() {
        const FoldedChar wide = foldedCharAt(m_text, m_at);
        m_at += wide.length;
        if (wide.code == 0xFF1F) // ？
            ++m_zone->questions;
        if (wide.code == 0xFF1F || wide.code == 0x3002 || wide.code == 0xFF01)
            ++m_zone->sentences;
        if (wide.code < 0x3040 || wide.code >= 0xFF00) {
            m_previousWide = 0;
            return;
        }
        ++m_zone->words;
        addWord(hashStep(hashSeed, wide.code));
        if (m_previousWide) {
            const Topic topic = topics.word(hashStep(hashStep(hashSeed, m_previousWide), wide.code));
            if (topic != Topic::None)
                note(topic);
        }
        m_previousWide = wide.code;
    }

    void takeBackticks() {
        const std::size_t begin = m_at;
        while (m_at < m_end && m_text[m_at] == '`')
            ++m_at;
        if (m_at - begin < 3) {
            m_zone->backticks += static_cast<int>(m_at - begin);
            return;
        }
        if (m_fenced)
            m_counts.fencedBytes += begin - m_fenceStart;
        else
            ++m_counts.fences;
        m_fenced = !m_fenced;
        m_fenceStart = m_at;
    }

    Counts& m_counts;
    BucketSet m_buckets;
    std::string_view m_text;
    Parts m_parts;
    ZoneCounts* m_zone = nullptr;
    std::size_t m_zoneEnd = 0;
    std::size_t m_end = 0;
    std::uint32_t m_previousWord = 0;
    bool m_inAsk = true;
    std::size_t m_at = 0;
    std::size_t m_tokenStart = 0;
    std::size_t m_fenceStart = 0;
    std::uint32_t m_previousWide = 0;
    int m_slashes = 0;
    bool m_lineStart = true;
    bool m_fenced = false;
};

double saturated(int count, double half) {
    return count <= 0 ? 0.0 : count / (count + half);
}

Thousandths thousandths(double value) {
    return static_cast<Thousandths>(wholeOf(std::clamp(value, 0.0, 1.0) * 1000));
}

/// 0 for no bytes, 1 for 64 KiB.
double sizeOf(double bytes) {
    return std::log2(1.0 + bytes / 16.0) / 12.0;
}

} // namespace

PromptReading readPrompt(std::string_view userText) {
    PromptReading reading;
    Counts counts;
    Scanner scanner(userText, counts, reading.buckets);
    std::size_t scanned = userText.size();
    if (scanned <= headBytes + tailBytes) {
        scanner.scan(0, userText.size());
    } else {
        scanned = headBytes + tailBytes;
        scanner.scan(0, headBytes);
        scanner.scan(userText.size() - tailBytes, userText.size());
    }

    const auto set = [&](Feature feature, double value) {
        reading.values[static_cast<std::size_t>(feature)] = thousandths(value);
    };
    const ZoneCounts& ask = counts.ask;
    const ZoneCounts& paste = counts.paste;
    const auto bytes = static_cast<double>(userText.size());
    const Parts& parts = scanner.parts();
    const double pasted = static_cast<double>(parts.closingBegin - parts.openingEnd);
    const double seen = std::max(1.0, static_cast<double>(scanned));
    set(Feature::Length, sizeOf(bytes));
    set(Feature::AskLength, sizeOf(bytes - pasted));
    set(Feature::PasteShare, bytes > 0 ? pasted / bytes : 0);
    set(Feature::Sentences, saturated(ask.sentences, 4));
    set(Feature::Questions, saturated(ask.questions, 1.5));
    set(Feature::ListItems, saturated(counts.listItems, 4));
    set(Feature::CodeFences, saturated(counts.fences, 1));
    set(Feature::FencedShare, static_cast<double>(counts.fencedBytes) / seen);
    set(Feature::InlineCode, saturated(ask.backticks / 2, 1));
    set(Feature::StackTrace, saturated(counts.traceLines, 1));
    set(Feature::DiffLines, saturated(counts.diffLines, 2));
    set(Feature::Identifiers, saturated(ask.identifiers, 2));
    set(Feature::CodeSymbols, 4.0 * ask.codeSymbols / std::max(1.0, std::min(seen, bytes - pasted)));
    set(Feature::Paths, saturated(ask.paths, 1));
    set(Feature::Numbers, saturated(ask.numbers, 4));
    set(Feature::Reasoning, saturated(ask.of(Topic::Reasoning), 1.5));
    set(Feature::Planning, saturated(ask.of(Topic::Planning), 1.5));
    set(Feature::CodeActions, saturated(ask.of(Topic::CodeAction), 1));
    set(Feature::CodeNouns, saturated(ask.of(Topic::CodeNoun), 1.5));
    set(Feature::Technology, saturated(ask.of(Topic::Technology), 0.7));
    set(Feature::Simple, saturated(ask.of(Topic::Simple), 1));
    set(Feature::SmallTask, saturated(ask.of(Topic::SmallTask), 1));
    set(Feature::ShortFactual, counts.startsFactual && userText.size() < 120 ? 1.0 : 0.0);
    set(Feature::Constraints, saturated(ask.of(Topic::Constraint), 2));
    set(Feature::Sequence, saturated(ask.of(Topic::Sequence), 3));
    set(Feature::PasteCode,
        saturated(paste.identifiers + paste.codeSymbols / 4 + paste.paths + paste.of(Topic::Technology), 8));
    set(Feature::PasteThought,
        saturated(paste.of(Topic::Reasoning) + paste.of(Topic::Planning) + paste.of(Topic::Scope) +
                      paste.questions + paste.of(Topic::Proof),
                  5));
    set(Feature::Proof, saturated(ask.of(Topic::Proof), 0.5));
    set(Feature::Scope, saturated(ask.of(Topic::Scope), 1.5));
    set(Feature::Choice, saturated(ask.of(Topic::Choice), 1.5));
    set(Feature::Fault, saturated(ask.of(Topic::Fault), 1));
    set(Feature::Making, saturated(ask.of(Topic::Making), 1));
    set(Feature::Interface, saturated(ask.of(Topic::Interface), 1.5));
    set(Feature::Business, saturated(ask.of(Topic::Business), 1.5));
    set(Feature::Scholarship, saturated(ask.of(Topic::Scholarship), 1.5));
    set(Feature::Everyday, saturated(ask.of(Topic::Everyday), 1.5));
    set(Feature::OpensSmall, counts.opensSmall ? 1.0 : 0.0);
    return reading;
}

} // namespace tierdeck::routing
