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

// clang-format off
inline constexpr std::array words{
    Words{Topic::Reasoning,
        "analyse analyze analys* analyz* compar* contrast evaluat* assess* weigh* tradeoff tradeoffs "
        "offs pros cons why reason reasoning justify justif* argue argument implication* consequence* "
        "consider* critique critical* interpret* infer diagnos* investigat* hypothes* explain decide "
        "decision recommend* advise alternatives alternative versus vs advantages disadvantages "
        "drawbacks root cause causes risk risks warum weshalb analysier* vergleich* bewert* abwäg* "
        "begründ* erklär* erläuter* beurteil* ursache* folgen vorteile nachteile pourquoi compare* "
        "évalu* expliqu* justifi* raison avantages inconvénients conséquence* porqué analiza* analiz* "
        "compara* evalú* evalua* explica* ventajas desventajas consecuencias razona* avalie avali* "
        "explique vantagens desvantagens consequências perché spiega* valuta* confronta* vantaggi "
        "svantaggi waarom vergelijk* uitleg voordelen nadelen dlaczego porównaj przeanalizuj wyjaśnij "
        "почему зачем сравни* проанализир* объясни* оцени* обоснуй* преимущества недостатки 分析 比较 比較 评估 "
        "評估 解释 解釈 为什么 為什 权衡 原因 优缺 利弊 なぜ 比べ 検討 説明 評価 理由 contradict* assumption* assumes evidence "
        "negotiat* prioriti* estimat* propose persuad* dilemma ethical fairly fair convince judge "
        "outweigh* depends worthwhile consequence sensible pitfalls mitigat* perspective perspectives "
        "nuance* bewerte annahme* beleg* hypothès* supuesto* evidencia pressupost* evidenz* допущени* "
        "вывод* последств* 假设 后果 结论 推荐 仮定 結論 リス 選ぶ "},
    Words{Topic::Planning,
        "plan plans planning design designing architect architecture strategy strategies roadmap migrate "
        "migration migrations approach approaches milestones rollout phased phases proposal propose "
        "blueprint scalable scalability requirements stakeholders organise organize coordinate schedule "
        "structure planen plane entwirf entwurf konzept strategie architektur vorgehen planifi* "
        "conception concevoir conçois stratégie planifica* diseña* diseño estrategia arquitectura "
        "arquitetura planeje projete estratégia progetta* pianifica* strategia architettura ontwerp* "
        "zaplanuj zaprojektuj спланир* план спроектир* архитектур* стратеги* 计划 規劃 规划 设计 設計 架构 策略 方案 迁移 "
        "計画 構成 戦略 移行 phase milestone timeline dependencies dependency prioritize kickoff curriculum "
        "workflow vorgehensweise phasen etapas calendario cronograma процесс этап* 阶段 步骤 段階 "},
    Words{Topic::Depth,
        "prove proof proofs theorem lemma rigorous rigorously formal formally audit audits auditing "
        "research comprehensive comprehensively thorough thoroughly depth exhaustive exhaustively deep "
        "deeply entire whole invariant invariants asymptotic consensus distributed concurrency "
        "linearizability linearizable adversary adversarial threat threats vulnerabilities literature "
        "dissertation thesis systematic systematically counterexample counterexamples undecidable "
        "convergence optimality causal bayesian holistic paradox epistemolog* beweis* beweise gründlich "
        "umfassend vollständig gesamte gesamten forschung tiefgehend rigoros prüfung démontre* "
        "démonstration prouve* rigoureu* approfondi* exhaustif recherche complète demuestra demostración "
        "demostrar rigurosa* exhaustiv* investigación profundidad profundo completa demonstre rigoros* "
        "pesquisa profunda dimostra* approfondit* ricerca esaustiv* bewijs grondig* volledig* udowodnij "
        "dogłębn* докажи* доказательств* исследова* тщательн* глубок* полный 证明 證明 研究 深入 全面 严格 審計 审计 彻底 "
        "証明 徹底 網羅 厳密 調査 derive derives derivation disprove refute provably soundness completeness "
        "correctness liveness rigor rigour methodology interdependencies systemic synthesise synthesize "
        "byzantine investigation fundamental foundations generalise generalize generalization "
        "generalisation monograph foundational grundlegend* verallgemeiner* généralis* fondements "
        "generaliz* fundamentos обобщ* основани* строго подробно 推广 推导 严密 根本 "},
    Words{Topic::Mathematics,
        "integral derivative differential equation equations matrix matrices eigenvalue eigenvalues "
        "probability polynomial polynomials prime primes modulo converges converge sequence series "
        "vector vectors topology manifold bijection bijective injective induction combinatorial "
        "combinatorics variance expectation regression optimisation optimization gradient lagrangian "
        "hamiltonian entropy stochastic graph graphs np bound bounds inequality inequalities irrational "
        "continuous differentiable hilbert banach gleichung* wahrscheinlichkeit équation* probabilité* "
        "ecuaci* probabilidad* equaç* equazion* уравнени* вероятност* 方程 概率 矩阵 积分 方程式 確率 行列 微分 積分 "},
    Words{Topic::CodeAction,
        "implement implements implementing refactor refactors refactoring debug debugging compiles "
        "compiling deploy lint linting rewrite instrument parse serialize serialise deserialize mock "
        "stub profile benchmark dockerize containerize memoize vectorize parallelize rebase programmier* "
        "programmiere implementier* refaktorier* behebe kompilier* implémente* programme refactorise* "
        "débogue* implementa* programa* refactoriza* depura* conserte refatore* implemente corregg* "
        "programma* rifattorizza* implementeer zaimplementuj napraw napisz напиши реализуй исправь "
        "отлад* рефактор* скомпилир* 实现 编写 重构 调试 修复 编译 實作 実装 修正 リフ デバ autocomplete hardcode deploys "
        "reimplement backport transpile typecheck "},
    Words{Topic::CodeNoun,
        "function functions method methods struct interface module modules variable variables array "
        "arrays dict dictionary tuple pointer pointers callback callbacks thread threads exception "
        "exceptions bug bugs error errors warning warnings test tests assertion assertions query queries "
        "script scripts code repository commit commits diff ci pipeline template templates generic "
        "generics algorithm algorithms recursion recursive loop loops reducer controller router xml csv "
        "parser tokenizer ast funktion funktionen klasse klassen fehler methode skript abfrage schleife "
        "quellcode fonction fonctions méthode erreur requête boucle función funciones método consulta "
        "bucle código funções função erro laço funzione metodo errore functie fout funkcja funkcję klasę "
        "błąd kod функци* класс* метод* ошибк* код* скрипт* запрос* тест* 函数 代码 代碼 程序 脚本 接口 类型 异常 报错 单元 "
        "算法 数组 関数 コー 配列 例外 クラ テス バグ class classes subclass classe cls null nullptr undefined boolean "
        "enum stdlib runtime namespace refcount int bool string strings constructor getter setter "
        "parameter parameters timeout retry "},
    Words{Topic::Technology,
        "regex regexp sql api apis endpoint endpoints graphql grpc json yaml orm bytecode segfault "
        "deadlock mutex coroutine async iterator iterators makefile middleware codebase backend frontend "
        "repo unittest pytest jest hashmap traceback stacktrace cli compiler linker dockerfile eslint "
        "gunicorn systemd crontab stdin stdout localhost csv xml toml protobuf websocket oauth jwt cors "
        "ssl tls ide vim vscode python javascript typescript rust golang java kotlin scala haskell ocaml "
        "clojure elixir erlang ruby perl php bash zsh powershell cpp fortran cobol assembly react vue "
        "angular svelte nextjs django flask fastapi rails node nodejs npm yarn pnpm pip cargo cmake "
        "gradle maven bazel docker kubernetes k8s terraform ansible nginx postgres postgresql mysql "
        "sqlite mongodb redis kafka rabbitmq pandas numpy pytorch tensorflow sklearn linux git github "
        "gitlab css html sass tailwind webpack vite qt asio openssl ffmpeg opencv cuda wasm webassembly "
        "llvm gcc clang jupyter scipy matplotlib seaborn selenium playwright cypress rxjs redux nestjs "
        "laravel symfony dotnet aspnet blazor flutter dart jetpack xcode android ios arduino verilog "
        "vhdl opengl vulkan unreal godot lambda ec2 s3 dynamodb cassandra elasticsearch prometheus "
        "grafana jenkins circleci bitbucket svn mercurial makefiles autoconf valgrind gdb lldb strace "
        "tcpdump wget jq awk grep ssh iptables haproxy istio argocd vuex pinia lodash jquery nuxt deno "
        "babel vitest junit mockito hibernate jpa jdbc odbc sqlalchemy prisma typeorm mongoose asyncio "
        "serde clippy rustc goroutine goroutines gofmt quicksort mergesort dataloader useeffect usestate "
        "sdk crud 正则 脚本 正規 "},
    Words{Topic::Simple,
        "hi hello hey thanks thank thx okay yes yep nope bye morning goodnight joke brief briefly short "
        "quick quickly simple simply just tldr liner hallo danke kurz einfach ja nein guten bonjour "
        "merci salut court brièvement simplement hola gracias breve corto olá oi obrigado obrigada "
        "rápido ciao grazie semplice hoi dank kort cześć dzięki krótko привет спасибо коротко просто "
        "кратко 你好 谢谢 謝謝 简单 简短 こん あり 簡単 短く "},
    Words{Topic::SmallTask,
        "translate translation rename reword rephrase proofread spell spelling typo typos capitalise "
        "capitalize uppercase lowercase sort convert define definition synonym synonyms antonym rhyme "
        "rhymes capital recipe poem haiku slogan title titles headline caption emoji greeting summarize "
        "summarise summary shorten bullet grammar celsius fahrenheit kilometers miles übersetze "
        "übersetzung korrigiere rechtschreibung zusammenfass* fasse nenne gedicht rezept traduis "
        "traduire traduction résume résumé orthographe recette poème traduce traducir resume ortografía "
        "receta poema traduza traduzir resuma receita traduci riassumi ricetta vertaal samenvat* "
        "przetłumacz streść переведи* перевод резюмируй исправь стих рецепт 翻译 翻譯 总结 摘要 翻訳 要約 名前 名字 "},
    Words{Topic::Factual,
        "what who whom when which whose wer wann wo welche welcher welches quel quelle quand où qué "
        "quién cuándo dónde cuál quem quando onde qual chi quale wanneer waar kto kiedy gdzie кто когда "
        "где какой какая сколько 什么 谁是 哪里 何時 誰が どこ いつ where "},
    Words{Topic::Constraint,
        "must should shall without only exactly ensure guarantee guarantees never always require "
        "requires required requirement constraint constraints except unless preserving backward "
        "backwards compatible compatibility deadline satisfy satisfies respecting assume assuming muss "
        "müssen soll ohne genau niemals immer nur doit doivent sans exactement jamais toujours debe "
        "deben sin exactamente nunca siempre solo deve devem sem exatamente sempre senza esattamente mai "
        "moet zonder должен должна должно без только никогда всегда ровно 必须 必須 不能 只能 确保 保证 なし のみ 制約 "},
    Words{Topic::Sequence,
        "first firstly secondly then after afterwards finally lastly step steps stepwise additionally "
        "furthermore moreover meanwhile every across multiple several zuerst dann danach schließlich "
        "schritt schritte mehrere außerdem ensuite puis enfin étape étapes plusieurs primero luego "
        "después finalmente paso pasos varios además primeiro depois passo passos vários prima poi "
        "infine passi diversi eerst daarna stap stappen сначала затем потом наконец шаг шаги несколько "
        "首先 然后 最后 步骤 多个 まず 次に 最後 手順 複数 "},
};
// clang-format on

} // namespace tierdeck::routing::lexicon
