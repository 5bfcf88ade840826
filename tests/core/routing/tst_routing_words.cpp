#include <QtTest>

int main() {}
