#include "core/routing/complexity.h"

#include "core/routing/complexity_lexicon.h"
#include "core/routing/complexity_weights.h"
#include "core/routing/text_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace tierdeck::routing {

namespace {

using lexicon::Topic;

// What a person asks stands at the start or the end of a long paste; the counts saturate long before this
// many bytes.
constexpr std::size_t headBytes = 24 * 1024;
constexpr std::size_t tailBytes = 8 * 1024;

// Words are hashed where a person asks: as a text begins and as it ends.
constexpr std::size_t openingBytes = 1024;
constexpr std::size_t closingBytes = 512;
constexpr std::size_t closingBuckets = 96;

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
                bool stem = false;
                for (; at < list.words.size() && list.words[at] != ' ';) {
                    const Decoded character = decode(list.words, at);
                    at += character.length;
                    if (character.code == '*')
                        stem = true;
                    else
                        hash = hashStep(hash, character.code);
                }
                if (hash != hashSeed)
                    insert(stem ? mixStem(hash) : hash, list.topic, stem);
                ++at;
            }
        }
    }

    [[nodiscard]] Topic word(std::uint32_t hash) const { return find(hash); }

    /// Asked for every prefix of every word: the bitmap answers most without the table.
    [[nodiscard]] Topic stem(std::uint32_t hash) const {
        const std::uint32_t mixed = mixStem(hash);
        const std::uint32_t bit = (mixed >> 8) % (stemBits * 64);
        return (m_stems[bit / 64] >> (bit % 64)) & 1u ? find(mixed) : Topic::None;
    }

private:
    static constexpr std::size_t slots = 4096;
    static constexpr std::size_t stemBits = 64;

    static constexpr std::uint32_t mixStem(std::uint32_t hash) { return (hash ^ 0x9E3779B9u) * 2654435761u; }

    constexpr void insert(std::uint32_t hash, Topic topic, bool stem) {
        std::size_t slot = hash % slots;
        while (m_topics[slot] != Topic::None && m_hashes[slot] != hash)
            slot = (slot + 1) % slots;
        if (m_topics[slot] != Topic::None)
            return; // in two lists: the first one counts
        m_hashes[slot] = hash;
        m_topics[slot] = topic;
        if (stem) {
            const std::uint32_t bit = (hash >> 8) % (stemBits * 64);
            m_stems[bit / 64] |= std::uint64_t(1) << (bit % 64);
        }
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
    std::array<std::uint64_t, stemBits> m_stems{};
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

struct Counts {
    std::array<int, static_cast<std::size_t>(Topic::Count)> topic{};
    int words = 0;
    int sentences = 0;
    int questions = 0;
    int listItems = 0;
    int fences = 0;
    std::size_t fencedBytes = 0;
    int backticks = 0;
    int traceLines = 0;
    int diffLines = 0;
    int identifiers = 0;
    int codeSymbols = 0;
    int paths = 0;
    int numbers = 0;
    bool startsFactual = false;

    [[nodiscard]] int of(Topic which) const { return topic[static_cast<std::size_t>(which)]; }
};

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

constexpr std::array<std::string_view, 34> fileEndings{
    "py",   "js", "ts",    "tsx",  "jsx", "cpp", "hpp", "cc",   "c",    "h",   "rs",   "go",
    "java", "kt", "swift", "rb",   "php", "cs",  "md",  "json", "yaml", "yml", "toml", "ini",
    "cfg",  "sh", "sql",   "html", "css", "xml", "log", "txt",  "lua",  "vue"};

class Scanner {
public:
    Scanner(Counts& counts, Buckets& buckets)
        : m_counts(counts)
        , m_buckets(buckets) {}

    void scan(std::string_view text) {
        m_text = text;
        m_previousWord = 0;
        m_lineStart = true;
        m_slashes = 0;
        m_tokenStart = 0;
        m_previousWide = 0;
        for (m_at = 0; m_at < text.size();)
            step();
        endToken();
        if (m_fenced)
            m_counts.fencedBytes += text.size() - m_fenceStart;
        m_fenced = false;
    }

private:
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
            ++m_counts.codeSymbols;
            break;
        case Kind::Question:
            ++m_counts.questions;
            ++m_counts.sentences;
            break;
        case Kind::Stop:
            if (m_at + 1 == m_text.size() || isSpace(m_text[m_at + 1]))
                ++m_counts.sentences;
            break;
        case Kind::Slash:
            if (m_at + 1 < m_text.size() && m_text[m_at + 1] == '/')
                m_slashes -= 8; // a link, not a path
            ++m_slashes;
            break;
        case Kind::Other:
            break;
        }
        ++m_at;
    }

    [[nodiscard]] Kind kindAt(std::size_t at) const { return kinds[static_cast<unsigned char>(m_text[at])]; }

    [[nodiscard]] std::string_view rest() const { return m_text.substr(m_at); }

    void endToken() {
        const std::string_view token = m_text.substr(m_tokenStart, m_at - m_tokenStart);
        if (m_slashes >= 2 || (m_slashes == 1 && (token.starts_with("./") || token.starts_with("~/"))))
            ++m_counts.paths;
        m_slashes = 0;
        m_tokenStart = m_at + 1;
    }

    void lookAtLine() {
        const std::string_view line = m_text.substr(m_at, 48);
        if (startsLikeCode(line))
            ++m_counts.identifiers;
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
        ++m_counts.topic[static_cast<std::size_t>(topic)];
        if (topic == Topic::Factual && m_counts.words <= 2)
            m_counts.startsFactual = true;
    }

    /// The word and the pair that it makes with the one before.
    void addWord(std::uint32_t hash) {
        const bool opens = m_at <= openingBytes;
        if (!opens && m_text.size() - m_at > closingBytes)
            return;
        const std::size_t reserved = opens && m_text.size() > openingBytes ? closingBuckets : 0;
        m_buckets.add(hash, true, reserved);
        m_buckets.add(hashStep(m_previousWord * 31, hash), true, reserved);
        m_previousWord = hash;
    }

    void takeWord() {
        const std::size_t begin = m_at;
        std::uint32_t hash = hashSeed;
        Topic stem = Topic::None;
        int length = 0;
        bool camel = false;
        bool snake = false;
        char before = 0;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            const Kind kind = kindAt(m_at);
            if (kind == Kind::Letter && static_cast<unsigned char>(c) < 0x80) {
                const bool upper = c >= 'A' && c <= 'Z';
                camel = camel || (upper && before >= 'a' && before <= 'z');
                snake = snake || (c == '_' && length > 0);
                hash = hashStep(hash, static_cast<std::uint32_t>(upper ? c + 32 : c));
                ++m_at;
            } else if (kind == Kind::Letter) {
                const FoldedChar folded = foldedCharAt(m_text, m_at);
                hash = hashStep(hash, folded.code);
                m_at += folded.length;
            } else if (kind == Kind::Digit && length > 0) {
                hash = hashStep(hash, static_cast<std::uint32_t>(c));
                ++m_at;
            } else {
                break;
            }
            before = c;
            if (++length >= 3 && length <= 12 && stem == Topic::None)
                stem = topics.stem(hash);
        }
        ++m_counts.words;
        const std::string_view word = m_text.substr(begin, m_at - begin);
        Topic topic = length >= 2 ? topics.word(hash) : Topic::None;
        if (topic == Topic::None)
            topic = stem;
        if (length == 1 && (word[0] == 'C' || word[0] == 'c') &&
            (rest().starts_with("++") || rest().starts_with('#')))
            topic = Topic::Technology;
        if (topic != Topic::None)
            note(topic);
        addWord(hash);

        const bool called = m_at < m_text.size() && m_text[m_at] == '(';
        const bool scoped = rest().starts_with("::") || rest().starts_with("->");
        if ((snake && word.size() > 3) || camel || called || scoped)
            ++m_counts.identifiers;
        if (camel && (word.ends_with("Error") || word.ends_with("Exception")))
            ++m_counts.traceLines;
        if (begin > 1 && m_text[begin - 1] == '.' && word.size() <= 5 && kindAt(begin - 2) != Kind::Space &&
            kindAt(begin - 2) != Kind::Stop &&
            std::find(fileEndings.begin(), fileEndings.end(), word) != fileEndings.end())
            ++m_counts.paths;
    }

    void takeNumber() {
        while (m_at < m_text.size() &&
               (kindAt(m_at) == Kind::Digit || m_text[m_at] == '.' || m_text[m_at] == ','))
            ++m_at;
        if (m_text[m_at - 1] == '.')
            --m_at; // the sentence's stop
        ++m_counts.numbers;
    }

    /// Characters of scripts without spaces: each pair of neighbours is looked up.
    void takeWide() {
        const FoldedChar wide = foldedCharAt(m_text, m_at);
        m_at += wide.length;
        if (wide.code == 0xFF1F) // ？
            ++m_counts.questions;
        if (wide.code == 0xFF1F || wide.code == 0x3002 || wide.code == 0xFF01)
            ++m_counts.sentences;
        if (wide.code < 0x3040 || wide.code >= 0xFF00) {
            m_previousWide = 0;
            return;
        }
        ++m_counts.words;
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
        while (m_at < m_text.size() && m_text[m_at] == '`')
            ++m_at;
        if (m_at - begin < 3) {
            m_counts.backticks += static_cast<int>(m_at - begin);
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
    std::uint32_t m_previousWord = 0;
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

double logistic(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

double rounded(double x, double unit) {
    return std::round(x * unit) / unit;
}

Thousandths thousandths(double value) {
    return static_cast<Thousandths>(std::lround(std::clamp(value, 0.0, 1.0) * 1000));
}

static_assert(textFeatures == static_cast<std::size_t>(Feature::ToolsOffered));
static_assert(denseFeatures == static_cast<std::size_t>(Feature::Count));

} // namespace

PromptReading readPrompt(std::string_view userText) {
    PromptReading reading;
    Counts counts;
    Scanner scanner(counts, reading.buckets);
    std::size_t scanned = userText.size();
    if (scanned <= headBytes + tailBytes) {
        scanner.scan(userText);
    } else {
        scanned = headBytes + tailBytes;
        scanner.scan(userText.substr(0, headBytes));
        scanner.scan(userText.substr(userText.size() - tailBytes));
    }

    const auto set = [&](Feature feature, double value) {
        reading.values[static_cast<std::size_t>(feature)] = thousandths(value);
    };
    const auto bytes = static_cast<double>(userText.size());
    set(Feature::Length, std::min(1.0, std::log2(1.0 + bytes / 64.0) / 8.5));
    set(Feature::Sentences, saturated(counts.sentences, 6));
    set(Feature::Questions, saturated(counts.questions, 2));
    set(Feature::ListItems, saturated(counts.listItems, 4));
    set(Feature::CodeFences, saturated(counts.fences, 1));
    set(Feature::FencedShare,
        scanned ? static_cast<double>(counts.fencedBytes) / static_cast<double>(scanned) : 0.0);
    set(Feature::InlineCode, saturated(counts.backticks / 2, 1));
    set(Feature::StackTrace, saturated(counts.traceLines, 1));
    set(Feature::DiffLines, saturated(counts.diffLines, 2));
    set(Feature::Identifiers, saturated(counts.identifiers, 2));
    set(Feature::CodeSymbols,
        scanned ? std::min(1.0, 4.0 * counts.codeSymbols / static_cast<double>(scanned)) : 0.0);
    set(Feature::Paths, saturated(counts.paths, 1));
    set(Feature::Numbers, saturated(counts.numbers, 4));
    set(Feature::Reasoning, saturated(counts.of(Topic::Reasoning), 1.5));
    set(Feature::Planning, saturated(counts.of(Topic::Planning), 1.5));
    set(Feature::Depth, saturated(counts.of(Topic::Depth), 1.5));
    set(Feature::Mathematics, saturated(counts.of(Topic::Mathematics), 2));
    const int actions = counts.of(Topic::CodeAction);
    const int nouns = counts.of(Topic::CodeNoun);
    const int technologies = counts.of(Topic::Technology);
    set(Feature::CodeActions, saturated(actions, 1));
    set(Feature::CodeNouns, saturated(nouns, 1.5));
    set(Feature::Technology, saturated(technologies, 0.7));
    set(Feature::CodeTask, actions > 0 && nouns + technologies > 0 ? 1.0 : 0.0);
    set(Feature::Simple, saturated(counts.of(Topic::Simple), 1));
    set(Feature::SmallTask, saturated(counts.of(Topic::SmallTask), 1));
    set(Feature::ShortFactual, counts.startsFactual && userText.size() < 120 ? 1.0 : 0.0);
    set(Feature::Constraints, saturated(counts.of(Topic::Constraint), 2));
    set(Feature::Sequence, saturated(counts.of(Topic::Sequence), 3));
    return reading;
}

Complexity scoreComplexity(const RouteRequest& request) {
    Complexity result;
    auto& values = result.vector.dense;
    const auto set = [&](Feature feature, double value) {
        values[static_cast<std::size_t>(feature)] = thousandths(value);
    };
    const auto take = [&](const PromptReading& reading) {
        std::copy(reading.values.begin(), reading.values.end(), values.begin());
        result.vector.buckets = reading.buckets;
    };
    if (request.reading)
        take(*request.reading);
    else
        take(readPrompt(request.userText));
    set(Feature::ToolsOffered, saturated(request.toolsOffered, 10));
    const double tokens = static_cast<double>(std::max<std::int64_t>(request.inputTokens, 0));
    set(Feature::InputTokens, std::min(1.0, std::log2(1.0 + std::max(0.0, tokens - 2000.0) / 2000.0) / 10.0));
    set(Feature::Position, saturated(request.messages, 20));
    set(Feature::Images, request.hasImages ? 1.0 : 0.0);
    set(Feature::PlanMode, request.planMode ? 1.0 : 0.0);
    set(Feature::ReasoningOn, request.reasoning ? 1.0 : 0.0);
    set(Feature::Background, request.background ? 1.0 : 0.0);
    set(Feature::Subagent, request.subagent ? 1.0 : 0.0);

    double difficulty = biasWeight.difficulty;
    double code = biasWeight.code;
    result.features.reserve(24);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0)
            continue;
        const FeatureWeight& weight = featureWeights[i];
        const double value = values[i] / 1e3;
        const double toDifficulty = weight.difficulty * value;
        const double toCode = weight.code * value;
        difficulty += toDifficulty;
        code += toCode;
        result.features.push_back(
            {std::string(weight.name), value, rounded(toDifficulty, 1e3), rounded(toCode, 1e3)});
    }
    std::sort(result.features.begin(), result.features.end(),
              [](const FeatureContribution& a, const FeatureContribution& b) {
                  return std::abs(a.contribution) > std::abs(b.contribution);
              });
    result.difficulty = rounded(logistic(difficulty), 1e4);
    result.code = rounded(logistic(code), 1e4);
    result.vector.difficulty = result.difficulty;
    result.vector.code = result.code;
    return result;
}

std::string_view tierForScores(double difficulty, double code, const ClassifierSettings& settings) {
    if (difficulty >= settings.deepThreshold)
        return tiers::deep;
    if (code >= settings.codingThreshold)
        return tiers::coding;
    return difficulty >= settings.smartThreshold ? tiers::smart : tiers::balanced;
}

} // namespace tierdeck::routing
