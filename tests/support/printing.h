// Lets a failed QCOMPARE show the values of std::string and std::string_view. Include it before the first
// QCOMPARE of such. Test support.
#pragma once

#include <QtTest>

#include <string>
#include <string_view>

namespace QTest {

template <>
inline char* toString(const std::string_view& text) {
    return toPrettyCString(text.data(), static_cast<int>(text.size()));
}

template <>
inline char* toString(const std::string& text) {
    return toPrettyCString(text.data(), static_cast<int>(text.size()));
}

} // namespace QTest
