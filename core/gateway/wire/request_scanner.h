// What the scans of the three dialects share: the walk over a body's members and its conversation, and the
// words of a person found in it. Private to wire: it brings simdjson along. One thread.
#pragma once

#include "core/gateway/wire/scanned_request.h"

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::gateway::wire {

[[nodiscard]] tl::unexpected<Error> invalidBody(std::string message);

/// The inside of a JSON string in which halves of surrogate pairs may stand alone, as clients in JavaScript
/// write text that was cut in the middle of a character; simdjson takes none of these. nullopt for other
/// errors.
[[nodiscard]] std::optional<std::string> unescapedLeniently(std::string_view raw);

class RequestScanner {
public:
    RequestScanner(Dialect dialect, std::string_view body, ScannedRequest& out)
        : m_body(body)
        , m_out(out) {
        m_out.dialect = dialect;
    }

    virtual ~RequestScanner() = default;

    Result<void> run();

protected:
    using Value = simdjson::ondemand::value;
    using Object = simdjson::ondemand::object;
    using Array = simdjson::ondemand::array;

    enum class Speaker { User, System, Assistant, Tool, Thinking, Other };

    /// One member at the top. `span` begins at its key.
    virtual Result<void> readMember(std::string_view key, Value& value) = 0;
    /// Whose an element of the conversation is.
    virtual Result<Speaker> speakerOf(Object& element) = 0;

    Result<void> readModel(Value& value);
    Result<void> readMetadata(Value& value);
    Result<void> readConversation(Value& value, std::string_view member);
    /// A Responses input that is one text.
    Result<void> readSoleText(Value& value);
    /// Text that stands before the conversation: `system`, `instructions`.
    Result<void> readSystem(Value& value);
    void countTools(Value& value);
    void readTemperature(Value& value);
    void readMaxTokens(Value& value);
    /// `object.member`, where the member may have to be set; what it says otherwise.
    template <typename Read>
    Result<void> readPlace(Value& value, ObjectPlace& place, std::string_view member, Read&& read);
    /// The member that is being read, up to `end`, goes out of the body with its comma by `splices`.
    void cutMember(std::size_t end, std::vector<Splice>& splices);

    /// simdjson may not be asked any further once it has met JSON that is none: lookups go through these.
    [[nodiscard]] bool find(Object& object, std::string_view member, Value& out);
    [[nodiscard]] bool find(Object& object, std::string_view member, Object& out);
    /// The whole of an object or array, also of one that was read already.
    template <typename Container>
    [[nodiscard]] std::optional<Span> wholeOf(Container& container);
    /// What they give stands as long as the scan lasts.
    [[nodiscard]] std::optional<std::string_view> textIn(Object& object, std::string_view member);
    [[nodiscard]] std::string_view textOf(Object& object, std::string_view member);
    [[nodiscard]] static std::string_view textOf(Value& value);
    [[nodiscard]] static bool isNull(Value& value);
    [[nodiscard]] Span spanOf(std::string_view raw) const;

    [[nodiscard]] Span tokenSpan(Value& value) const { return spanOf(value.raw_json_token()); }

    [[nodiscard]] std::optional<Span> spanIfNull(Value& value) const;

    std::string_view m_body;
    ScannedRequest& m_out;
    bool m_hasConversation = false;
    simdjson::ondemand::document m_document;

private:
    /// A run of elements of one array, or of members of one object, that goes with its commas.
    struct Cut {
        static constexpr auto nowhere = static_cast<std::size_t>(-1);
        std::size_t from = nowhere;
        std::size_t end = 0; ///< of the run's last one

        [[nodiscard]] bool isOpen() const { return from != nowhere; }

        void extend(std::size_t begin, std::size_t newEnd) {
            from = isOpen() ? from : begin;
            end = newEnd;
        }

        /// What stays begins at `at`.
        void close(std::size_t at, std::vector<Splice>& splices) {
            if (isOpen())
                splices.push_back({std::exchange(from, nowhere), at, {}});
        }
    };

    Result<void> readContent(Value& content, bool isUser);
    Result<void> readPart(Object& part, std::size_t begin, bool isUser);
    Result<void> readText(Value& value, bool isUser);
    /// A string as it is meant; stands as long as the scan lasts.
    Result<std::string_view> wordsOf(Value& value);
    void beginElement();
    void endUserMessage(std::size_t begin, bool& removeNextAssistant);
    void addToRoot();

    /// Whether an assistant's message holds nothing but earlier thinking.
    struct Thinking {
        bool isAll = false;
        bool isAllCarried = false;
    };

    Thinking readAssistant(Object& message);
    void countAttachments(Object& element, std::string_view member);
    void countAttachments(Array& parts);
    [[nodiscard]] bool isCarried(Object& element);
    [[nodiscard]] std::size_t commaBefore(std::size_t at) const;
    void finish();
    void finishUserText();

    using Pieces = std::span<const std::string_view>;

    [[nodiscard]] Pieces pieces(Span span) const {
        return Pieces(m_pieces).subspan(span.begin, span.end - span.begin);
    }

    /// Of the message at hand.
    [[nodiscard]] bool isTextEmpty() const { return m_pieces.size() == m_textBegin; }

    void add(std::string_view piece) {
        if (!piece.empty())
            m_pieces.push_back(piece);
    }

    /// Views into the body, the parser or m_mended: of the texts that are the conversation's root, of what
    /// the users' messages after it say, and of the message at hand.
    std::vector<std::string_view> m_pieces;
    std::size_t m_rootEnd = 0;   ///< of the root in m_pieces
    std::size_t m_textBegin = 0; ///< of the message at hand in m_pieces
    /// Where the last user messages stand in m_pieces: that of number n at n modulo the size.
    std::array<Span, hashedUserMessages> m_userTexts{};
    std::size_t m_userMessages = 0;
    std::vector<std::string_view> m_system;  ///< what stands before the conversation
    std::forward_list<std::string> m_mended; ///< strings that simdjson does not take
    std::string m_messageSkill;
    std::optional<routing::UserCommand> m_command;
    std::optional<Splice> m_commandSplice;
    bool m_commandAlone = false;
    bool m_sawWrapper = false;     ///< in the message at hand, as are the next
    bool m_sawCommandName = false; ///< by which a person called a skill or a prompt of the client's
    bool m_sawToolResult = false;
    bool m_sawToolMedia = false;  ///< what follows is a tool's, put in a user message
    bool m_sawOtherParts = false; ///< than texts
    bool m_onlyCommand = true;
    Span m_emptied; ///< the part that the command's removal leaves without text; at 0 there is none
    std::optional<std::size_t> m_removeFrom; ///< messages from here to the next one are to go
    std::size_t m_memberBegin = 0;
    std::vector<std::pair<std::vector<Splice>*, Cut>> m_memberCuts;
    std::int64_t m_attachmentBytes = 0;
    std::int64_t m_attachmentTokens = 0;
};

template <typename Container>
std::optional<Span> RequestScanner::wholeOf(Container& container) {
    std::string_view raw;
    if (!m_document.is_alive() || container.reset().error() || !m_document.is_alive() ||
        container.raw_json().get(raw))
        return std::nullopt;
    return spanOf(raw);
}

template <typename Read>
Result<void> RequestScanner::readPlace(Value& value, ObjectPlace& place, std::string_view member,
                                       Read&& read) {
    place = {};
    place.nullValue = spanIfNull(value);
    if (place.nullValue)
        return {};
    const auto begin = tokenSpan(value).begin;
    Object object;
    if (value.get_object().get(object))
        return invalidBody("is not an object");
    place.inside = begin + 1;
    for (auto field : object) {
        std::string_view key;
        Value inner;
        if (field.unescaped_key().get(key) || field.value().get(inner))
            return invalidBody("is not valid JSON");
        place.isEmpty = false;
        if (key == member)
            place.member = tokenSpan(inner);
        read(key, inner);
    }
    return {};
}

/// Members and values to be set, made into splices.
class SpliceBuilder {
public:
    explicit SpliceBuilder(const ScannedRequest& scanned)
        : m_scanned(scanned) {}

    void add(std::string_view key, std::string_view json);
    void replace(Span span, std::string json);
    /// Where `null` says nothing the value takes its place: a second member of its name would be said twice.
    void addOrReplace(std::string_view key, std::string json, const std::optional<Span>& null);
    /// `outer.key` becomes `json`, wherever the outer object stands or does not.
    void set(std::string_view outer, std::string_view key, std::string_view json, const ObjectPlace& place);
    void append(const std::vector<Splice>& splices);
    /// Rising and disjoint. What lies inside a longer removal goes with it.
    [[nodiscard]] std::vector<Splice> finish(std::string_view model);

private:
    const ScannedRequest& m_scanned;
    std::string m_members;
    std::vector<Splice> m_splices;
};

[[nodiscard]] std::string shortestNumber(double number);

} // namespace tierdeck::gateway::wire
