// The words that the complexity score listens for, by what they speak of. Internal to routing; constant. A
// stem ends with '*'; words stand in lower case; Chinese and Japanese ones are looked for as pairs of
// characters.
#pragma once

#include <array>
#include <string_view>

namespace tierdeck::routing::lexicon {

enum class Topic : unsigned char {
    None,
    Reasoning, ///< compare, weigh, why
    Planning,  ///< plan, migrate, strategy
    Depth,     ///< prove, audit, exhaustive
    Mathematics,
    CodeAction, ///< implement, refactor, debug
    CodeNoun,   ///< function, exception, endpoint
    Technology, ///< python, docker, postgres
    Simple,     ///< greetings, thanks, brief
    SmallTask,  ///< translate, rename, convert
    Factual,    ///< what, when, who
    Constraint, ///< must, without, exactly
    Sequence,   ///< first, then, finally
    Count
};

struct Words {
    Topic topic;
    std::string_view words; ///< separated by spaces
};

inline constexpr std::array words{
    Words{
        Topic::Reasoning,
        "analyse analyze analys* analyz* compar* contrast evaluat* assess* weigh* tradeoff tradeoffs offs "
        "pros "
        "cons why reason reasoning justify justif* argue argument implication* consequence* consider* "
        "critique "
        "critical* interpret* infer diagnos* investigat* hypothes* explain decide decision recommend* advise "
        "alternatives alternative versus vs advantages disadvantages drawbacks root cause causes risk risks "
        // German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian
        "warum weshalb analysier* vergleich* bewert* abwäg* begründ* erklär* erläuter* beurteil* ursache* "
        "folgen "
        "vorteile nachteile pourquoi analys* compare* compar* évalu* expliqu* justifi* raison avantages "
        "inconvénients conséquence* porqué analiza* analiz* compara* evalú* evalua* explica* ventajas "
        "desventajas "
        "consecuencias razona* avalie avali* explique vantagens desvantagens consequências perché spiega* "
        "valuta* "
        "confronta* vantaggi svantaggi waarom vergelijk* leg uitleg voordelen nadelen dlaczego porównaj "
        "przeanalizuj "
        "wyjaśnij почему зачем сравни* проанализир* объясни* оцени* обоснуй* преимущества недостатки "
        "分析 比较 比較 评估 評估 解释 解釈 为什么 為什 权衡 原因 优缺 利弊 なぜ 比べ 検討 説明 評価 理由"},
    Words{
        Topic::Planning,
        "plan plans planning design designing architect architecture strategy strategies roadmap migrate "
        "migration "
        "migrations approach approaches milestones rollout phased phases proposal propose blueprint scalable "
        "scalability requirements stakeholders organise organize coordinate schedule structure "
        "planen plane entwirf entwurf konzept strategie architektur migration vorgehen "
        "planifi* conception concevoir conçois stratégie architecture planifica* diseña* diseño estrategia "
        "arquitectura arquitetura planeje projete estratégia progetta* pianifica* strategia architettura "
        "ontwerp* "
        "zaplanuj zaprojektuj спланир* план спроектир* архитектур* стратеги* "
        "计划 規劃 规划 设计 設計 架构 策略 方案 迁移 計画 構成 戦略 移行"},
    Words{
        Topic::Depth,
        "prove proof proofs theorem lemma rigorous rigorously formal formally audit audits auditing research "
        "comprehensive comprehensively thorough thoroughly depth exhaustive exhaustively deep deeply entire "
        "whole "
        "invariant invariants asymptotic consensus distributed concurrency linearizability linearizable "
        "adversary adversarial threat threats vulnerabilities literature survey dissertation thesis "
        "systematic systematically counterexample counterexamples undecidable "
        "convergence optimality causal bayesian holistic paradox epistemolog* "
        "beweis* beweise gründlich umfassend vollständig gesamte gesamten forschung tiefgehend rigoros "
        "prüfung "
        "démontre* démonstration prouve* rigoureu* approfondi* exhaustif exhaustive recherche complète "
        "demuestra demostración demostrar rigurosa* exhaustiv* investigación profundidad profundo completa "
        "prove demonstre rigoros* pesquisa profunda dimostra* rigoros* approfondit* ricerca esaustiv* "
        "bewijs grondig* volledig* udowodnij dogłębn* докажи* доказательств* исследова* тщательн* глубок* "
        "полный "
        "证明 證明 研究 深入 全面 严格 審計 审计 彻底 証明 徹底 網羅 厳密 調査"},
    Words{
        Topic::Mathematics,
        "integral derivative differential equation equations matrix matrices eigenvalue eigenvalues "
        "probability "
        "polynomial polynomials prime primes modulo converges converge sequence series vector vectors "
        "topology "
        "manifold bijection bijective injective induction combinatorial combinatorics variance "
        "expectation regression optimisation optimization gradient lagrangian hamiltonian entropy stochastic "
        "graph graphs np bound bounds inequality inequalities irrational continuous differentiable hilbert "
        "banach "
        "gleichung* wahrscheinlichkeit équation* probabilité* ecuaci* probabilidad* equaç* equazion* "
        "уравнени* "
        "вероятност* 方程 概率 矩阵 积分 方程式 確率 行列 微分 積分"},
    Words{
        Topic::CodeAction,
        "implement implements implementing refactor refactors refactoring debug debugging fix fixing compile "
        "compiles "
        "compiling deploy lint linting rewrite patch port instrument parse serialize serialise deserialize "
        "mock stub profile benchmark dockerize containerize memoize vectorize parallelize rebase merge "
        "programmier* programmiere schreibe implementier* refaktorier* behebe kompilier* "
        "implémente* programme corrige* refactorise* débogue* compile implementa* programa* corrige* "
        "refactoriza* "
        "depura* conserte refatore* implemente corregg* scrivi programma* rifattorizza* implementeer schrijf "
        "zaimplementuj napraw napisz напиши реализуй исправь отлад* рефактор* скомпилир* "
        "实现 编写 重构 调试 修复 编译 實作 実装 修正 リフ デバ"},
    Words{Topic::CodeNoun,
          "function functions method methods class classes struct interface module modules library package "
          "packages "
          "variable variables array arrays hashmap dict dictionary tuple pointer pointers iterator iterators "
          "closure "
          "callback callbacks async await coroutine thread threads mutex deadlock segfault trace stacktrace "
          "exception exceptions traceback bug bugs error errors warning warnings test tests unittest pytest "
          "jest "
          "fixture assertion assertions endpoint endpoints api apis rest graphql grpc query queries sql orm "
          "regex regexp script scripts cli codebase code repo repository commit commits branch branches diff "
          "ci pipeline build makefile compiler linker header headers template templates generic generics "
          "algorithm algorithms recursion recursive loop loops backend frontend component components hook "
          "hooks "
          "reducer middleware controller router cache json yaml xml csv parser tokenizer ast bytecode "
          "funktion funktionen klasse klassen fehler methode skript abfrage schleife quellcode "
          "fonction fonctions classe classes méthode erreur requête boucle función funciones clase clases "
          "método "
          "consulta bucle código función funções função classe método erro consulta laço funzione classe "
          "metodo errore "
          "functie klasse fout funkcja funkcję klasę błąd kod функци* класс* метод* ошибк* код* скрипт* "
          "запрос* тест* "
          "函数 代码 代碼 程序 脚本 接口 类型 异常 报错 单元 算法 数组 関数 コー 配列 例外 クラ テス バグ"},
    Words{
        Topic::Technology,
        "python javascript typescript rust golang java kotlin swift scala haskell ocaml clojure elixir "
        "erlang ruby "
        "perl php lua bash zsh powershell cpp fortran cobol assembly react vue angular svelte nextjs django "
        "flask fastapi rails spring express node nodejs npm yarn pnpm pip cargo cmake gradle maven bazel "
        "docker "
        "kubernetes k8s helm terraform ansible nginx postgres postgresql mysql sqlite mongodb redis kafka "
        "rabbitmq "
        "spark pandas numpy pytorch tensorflow sklearn linux git github gitlab css html sass tailwind "
        "webpack vite "
        "qt boost asio openssl ffmpeg opencv cuda wasm webassembly llvm gcc clang"},
    Words{
        Topic::Simple,
        "hi hello hey thanks thank thx okay yes yep nope bye morning goodnight joke "
        "brief briefly short quick quickly simple simply just tldr liner "
        "hallo danke kurz einfach ja nein guten bonjour merci salut court brièvement simplement hola gracias "
        "breve corto simple olá oi obrigado obrigada rápido ciao grazie breve semplice hoi dank kort cześć "
        "dzięki "
        "krótko привет спасибо коротко просто кратко 你好 谢谢 謝謝 简单 简短 こん あり 簡単 短く"},
    Words{
        Topic::SmallTask,
        "translate translation rename reword rephrase proofread spell spelling typo typos capitalise "
        "capitalize "
        "uppercase lowercase sort convert define definition synonym synonyms antonym rhyme rhymes capital "
        "weather "
        "recipe poem haiku slogan title titles headline caption emoji greeting summarize summarise summary "
        "shorten bullet grammar celsius fahrenheit kilometers miles "
        "übersetze übersetzung korrigiere rechtschreibung zusammenfass* fasse nenne gedicht rezept "
        "traduis traduire traduction résume résumé orthographe recette poème traduce traducir traduce resume "
        "ortografía receta poema traduza traduzir resuma receita traduci riassumi ricetta vertaal samenvat* "
        "przetłumacz streść переведи* перевод резюмируй исправь стих рецепт 翻译 翻譯 总结 摘要 翻訳 要約 "
        "名前 名字"},
    Words{Topic::Factual, "what who whom when where which whose wer wann wo welche welcher welches quel "
                          "quelle quand où qué quién "
                          "cuándo dónde cuál quem quando onde qual chi dove quale wat wanneer waar kto kiedy "
                          "gdzie кто когда где "
                          "какой какая сколько 什么 谁是 哪里 何時 誰が どこ いつ"},
    Words{
        Topic::Constraint,
        "must should shall without only exactly ensure guarantee guarantees never always require requires "
        "required "
        "requirement constraint constraints except unless preserving backward backwards compatible "
        "compatibility limit "
        "limited budget deadline least most satisfy satisfies respecting assume assuming "
        "muss müssen soll ohne genau niemals immer nur doit doivent sans exactement jamais toujours debe "
        "deben sin "
        "exactamente nunca siempre solo deve devem sem exatamente sempre senza esattamente mai sempre moet "
        "zonder "
        "должен должна должно без только никогда всегда ровно 必须 必須 不能 只能 确保 保证 なし のみ 制約"},
    Words{
        Topic::Sequence,
        "first firstly secondly then after afterwards finally lastly step steps stepwise "
        "additionally furthermore moreover meanwhile every across multiple several "
        "zuerst dann danach schließlich schritt schritte mehrere außerdem ensuite puis enfin étape étapes "
        "plusieurs primero luego después finalmente paso pasos varios además primeiro depois passo passos "
        "vários "
        "prima poi infine passo passi diversi eerst daarna stap stappen сначала затем потом наконец шаг шаги "
        "несколько 首先 然后 最后 步骤 多个 まず 次に 最後 手順 複数"},
};

} // namespace tierdeck::routing::lexicon
