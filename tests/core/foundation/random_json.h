// Random JSON documents as people and programs write them: any indentation, line ending, number spelling,
// escapes, duplicate keys. The same seed gives the same document.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

class RandomJson {
public:
    explicit RandomJson(std::uint64_t seed)
        : m_random(seed) {}

    /// A whole document, perhaps with a BOM and a final newline; an object at the top.
    std::string document();
    /// One value on one line.
    std::string value();
    /// A key without its quotes that is likely to stand in other documents too.
    std::string key();

    /// From 0 to `below` − 1.
    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(m_random);
    }

    bool oneIn(std::size_t bound) { return below(bound) == 0; }

private:
    struct Layout {
        bool isMultiLine = true;
        bool commaFirst = false;
        bool spacedBrackets = false;
        bool mayRepeatKeys = false;
        bool mayBreakLines = true;
        std::string lineBreak = "\n";
        std::string unit = "  ";
        std::string colon = ": ";
    };

    std::string object(const Layout& layout, const std::string& indent, int depth);
    std::string array(const Layout& layout, const std::string& indent, int depth);
    std::string anyValue(const Layout& layout, const std::string& indent, int depth);
    std::string joined(const Layout& layout, const std::string& indent,
                       const std::vector<std::string>& children);
    std::string emptySpace(const Layout& layout, const std::string& indent);
    std::string string();
    std::string number();
    std::string quotedKey();

    std::mt19937_64 m_random;
};
