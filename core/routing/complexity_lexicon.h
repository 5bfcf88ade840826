// The words that the complexity score listens for, by what they speak of. Internal to routing; constant. A
// stem ends with '*'; words stand in lower case; Chinese and Japanese ones are looked for as pairs of
// characters.
#pragma once

#include <array>
#include <string_view>

namespace tierdeck::routing::lexicon {

enum class Topic : unsigned char {
    None,
    Reasoning,   ///< compare, weigh, why
    Planning,    ///< plan, migrate, strategy
    CodeAction,  ///< implement, refactor, debug
    CodeNoun,    ///< function, exception, endpoint
    Technology,  ///< python, docker, postgres
    Simple,      ///< greetings, thanks, brief
    SmallTask,   ///< translate, rename, convert
    Factual,     ///< what, when, who
    Constraint,  ///< must, without, exactly
    Sequence,    ///< first, then, finally
    Proof,       ///< prove, derive, bound
    Scope,       ///< whole, end to end, from scratch
    Choice,      ///< should, worth, either
    Fault,       ///< broken, fails, hangs
    Making,      ///< write, add, change
    Interface,   ///< button, screen, spreadsheet
    Business,    ///< budget, contract, tenants
    Scholarship, ///< philosophy, empires, studies
    Everyday,    ///< dinner, mum, birthday
    Count
};

struct Words {
    Topic topic;
    std::string_view words; ///< separated by spaces
};

// clang-format off
inline constexpr std::array words{
    Words{Topic::Proof,
        "prove proves proving proof proofs derive derives derivation deriving disprove refute refutes theorem "
        "lemma corollary conjecture rigorous rigorously counterexample counterexamples undecidable decidable "
        "irrational transcendental converges convergence provably qed axiom axioms bijection isomorphic "
        "invariant invariants complexity asymptotic impossibility infinitely modulo eigenvalue eigenvalues "
        "homomorphism topological manifold countable uncountable optimality soundness completeness "
        "linearizable linearizability byzantine liveness beweis* beweise zeige herleit* leite widerleg* satz "
        "gegenbeispiel démontre* démonstration prouve* preuve théorème réfute* demuestra "
        "demostración demostrar demuéstra* deriva derivar deduce deducir deduzca teorema lema contraejemplo "
        "demonstre prove demonstração deduza derive dimostra* dimostrazione dedurre deriva bewijs bewijzen "
        "stelling udowodnij dowód twierdzenie wyprowadź докажи* доказать доказательств* выведи* теорема "
        "опроверг* контрпример kanıtla ispat 证明 證明 推导 推導 导出 定理 反例 猜想 証明 導出 示せ 증명 유도 "},
    Words{Topic::Scope,
        "entire entirely whole complete completely everything thorough thoroughly exhaustive "
        "exhaustively comprehensive comprehensively full fully scratch across audit audits auditing "
        "systematic systematically systemic holistic overall postmortem root survey surveys "
        "methodology literature dissertation thesis foundations fundamental fundamentally deeply depth "
        "steelman attack adversary adversarial threat threats decade decades scenario scenarios "
        "vollständig* gesamt* komplett* grundlegend* gründlich* umfassend* prüfung szenarien fundiert* "
        "complet complète entier entière exhaustif exhaustive approfondi* rigoureu* ensemble scénarios "
        "completo completa entero entera exhaustiv* profundidad profundo fondo riguros* escenarios integral "
        "inteiro inteira profunda rigoros* cenários abrangente approfondit* esaustiv* intero intera scenari "
        "volledig* grondig* hele полный полностью подробно тщательн* глубок* строго весь целиком сценари* "
        "全面 彻底 深入 完整 系统 严格 严谨 从头 整个 所有 审计 審計 文献 综述 多情 徹底 網羅 厳密 全体 "},
    Words{Topic::Choice,
        "should worth choose choosing choice choices decide deciding decision either whether better best "
        "prefer option options tradeoff tradeoffs offs pros cons versus vs risk risks risky fair fairly "
        "recommend* advise advice suggest propose proposal alternatives alternative sensible wise realistic "
        "honest switch stay keep drop rather instead dilemma negotiat* prioriti* convince weigh weighs "
        "sollen sollten lohnt lieber besser entscheid* abwäg* empfiehl* empfehl* raten rat sinnvoll "
        "entweder welche variante vaut mieux faut devrais devrait choisir choix conseill* plutôt soit "
        "debería deberíamos conviene pena mejor elegir elijo aconseja* recomienda* opciones opción merece "
        "deveria devo compensa melhor escolher escolho recomenda* aconselh* opções conviene meglio "
        "scegliere scelgo consigli* dovrei vale beter kiezen moeten zullen warto lepiej wybrać стоит лучше "
        "выбрать посоветуй* следует варианты 值得 应该 该不 要不 选哪 怎么 哪个 合适 建议 划算 还是 取舍 权衡 利弊 优缺 "
        "べき 選ぶ どっ 迷っ "},
    Words{Topic::Fault,
        "broken breaks broke fail fails failed failing failure crash crashes crashed crashing hang hangs "
        "dies died stuck freeze freezes frozen flaky flickers leak leaks leaking wrong error errors "
        "exception exceptions bug bugs bugfix doesn doesnt isn isnt won wont didn didnt couldn cannot "
        "cant stopped stops empty blank missing duplicate duplicates twice timeout timed undefined "
        "null denied refused unexpected overlaps cropped throws throw thrown panics panic aborts traceback "
        "kaputt fehler geht funktioniert stürzt abstürz* hängt bleibt fehlt falsch abbricht bricht kommt "
        "marche plante plantage erreur bloqué bloque cassé manque faux bug vide falla fallan fallo error "
        "errores rompe roto cuelga sale vacío bloquea funciona erro erros quebra quebrado trava travando "
        "falha vazio errore errori rotto bloccato blocca sbaglia sballa fout fouten kapot hangt faalt "
        "błąd błędy nie działa wywala ошибк* падает упал ломается сломал* зависает висит не работает "
        "вылетает 报错 错误 崩溃 卡住 卡死 失败 没反 不了 老是 丢失 异常 空白 乱码 死锁 修好 修复 超时 エラ 落ち 動か 止ま バグ 直し "},
    Words{Topic::Making,
        "fix fixes fixing add adds adding make build builds building create creates write writes writing "
        "implement implements implementing change changes remove removes delete replace replaces port "
        "extend wrap split extract merge move hook wire support handle validate automate generate "
        "refactor refactors refactoring rewrite review debug debugging optimize optimise speed migrate "
        "upgrade bump install configure deploy loop sort filter parse mock stub patch "
        "schreib* bau* mach* füge ändere ersetze fix fixe fixen behebe implementier* programmier* "
        "refaktorier* erstell* ergänze écris ajoute* corrige* crée fais remplace* implémente* supprime* "
        "escribe escríbeme haz hazme añade agrega* arregla* corrige* crea cambia implementa* reemplaza* "
        "escreva escreve faz faça adiciona* adicione conserta* corrija cria crie troca implemente "
        "scrivi scrivimi fai aggiungi correggi sistema sistemala crea cambia implementa sostituisci "
        "schrijf maak voeg verbeter implementeer napisz zrób dodaj popraw napraw zmień zaimplementuj "
        "напиши сделай добавь исправь почини поменяй реализуй перепиши убери 写个 写一 帮我 加个 改成 改好 改一 实现 "
        "修改 重构 添加 删掉 生成 作っ 書い 追加 直し 実装 "},
    Words{Topic::Interface,
        "button buttons screen page pages form forms field fields dropdown checkbox modal popup tooltip "
        "tab tabs menu menus login logout signup session sessions cookie cookies upload uploads download "
        "app apps website site dashboard navbar sidebar footer header scroll click clicks clicked press "
        "toggle darkmode dark mobile layout excel spreadsheet sheet sheets formula formulas macro vba "
        "sumifs vlookup xlookup cell column columns row rows pivot access airtable zapier powerbi csv pdf "
        "pdfs folder folders file files filename filenames cron job nightly importer exporter parser bot "
        "plugin wordpress shopify shop checkout ticket tickets pr commit commits branch tests suite "
        "pipeline image container cluster pod log logs latex tikz ggplot stata matlab julia r sas spss "
        "pygame automation script scripts tabelle tabellen spalte spalten zeile zeilen formel makro knopf "
        "schaltfläche seite feld ordner datei dateien anmeldung bouton page écran formulaire champ colonne "
        "fichier fichiers dossier feuille formule botón pantalla página formulario campo columna hoja "
        "archivo archivos carpeta fórmula botão tela planilha coluna arquivo arquivos pasta fórmula "
        "pulsante schermata pagina modulo colonna foglio cartella formula кнопк* страниц* экран форм* "
        "таблиц* столбец строк* файл* папк* формул* 按钮 页面 表格 文件 登录 单元 公式 接口 小程 网页 脚本 列表 字段 "
        "ボタ 画面 ファ 表を 列を "},
    Words{Topic::Business,
        "budget budgets contract contracts clause lease rent rents tenant tenants landlord salary salaries "
        "revenue turnover margin margins customer customers supplier suppliers vendor vendors investor "
        "investors equity loan loans mortgage interest pension insurance tax taxes liability liable legal "
        "policy policies compliance gdpr regulation employees employer employment hire hiring staff team "
        "teams boss manager board members partners company startup business market markets price pricing "
        "fees cost costs savings invest investment years weeks months deadline october weekly headcount "
        "vertrag miete mieter vermieter gehalt budget umsatz kunden kosten kredit rente versicherung steuer "
        "haftung firma team chef verein genossenschaft contrat loyer salaire budget clients coûts crédit "
        "retraite assurance impôts entreprise équipe patron contrato alquiler sueldo presupuesto clientes "
        "costes hipoteca seguro impuestos empresa equipo jefe socios aluguel salário orçamento custos "
        "financiamento seguro imposto equipe chefe contratto affitto stipendio clienti costi mutuo tasse "
        "azienda squadra capo договор аренд* зарплат* бюджет клиент* кредит ипотек* налог* компани* команд* "
        "合同 房贷 房租 工资 预算 客户 成本 贷款 保险 公司 团队 老板 租金 合伙 股权 利率 投资 契約 家賃 給料 予算 会社 "},
    Words{Topic::Scholarship,
        "philosophy philosophical ethics ethical moral morality determinism consciousness "
        "epistemology metaphysics historians history historical empire empires revolution war treaty "
        "colonial industrial economics economists economy inflation monetary studies study evidence "
        "empirical causal causation hypothesis experiment experiments trial trials cohort sample bias "
        "confounding statistics statistical variance bayesian estimator likelihood regression quantum "
        "relativity thermodynamics entropy physics biology evolution genetics climate sociology psychology "
        "linguistics literary critics argument arguments essay scholars journal papers theory theories "
        "paradox interpretation interpretations consensus protocol protocols distributed "
        "philosoph* ethik geschichte historisch* studien evidenz kausal* statistik physik wirtschaft "
        "argument* theorie* philosophi* éthique histoire études preuves économie théorie* filosofía ética "
        "historia estudios evidencia economía teoría* filosofia história estudos economia teoria* storia "
        "studi философи* этик* истори* исследован* экономик* теори* 哲学 伦理 历史 研究 理论 经济 统计 物理 因果 悖论 "
        "实验 歴史 理論 経済 "},
    Words{Topic::Everyday,
        "mum mom dad grandma grandpa granny wife husband son daughter kids kid baby sister brother aunt "
        "uncle nephew niece friend birthday wedding party card toast dinner lunch breakfast cake soup "
        "bread coffee tea wine garden cat dog weather weekend holiday movie film song lyrics joke pun riddle "
        "poem haiku limerick story name names nickname slogan caption wish wishes congratulate thank "
        "sorry polite nicely cute funny kind warm mail email message text reply letter note invitation "
        "word words sentence sentences paragraph plural singular pronounce pronunciation meaning means "
        "mean stand stands abbreviation spelling spelled quote capital population tall far distance "
        "mama papa oma opa frau mann sohn tochter kinder freundin freund geburtstag hochzeit kuchen katze "
        "hund wetter urlaub witz gedicht wort wörter satz bedeutet heißt mehrzahl maman papa mamie mari "
        "femme fils fille anniversaire gâteau chat chien météo vacances blague mot mots phrase signifie "
        "mamá papá abuela abuelo marido mujer hijo hija cumpleaños boda pastel gato perro tiempo chiste "
        "palabra palabras frase significa mãe pai avó aniversário casamento bolo gato cachorro piada "
        "palavra nonna nonno compleanno torta gatto cane parola мама папа бабушк* дедушк* день рождения "
        "кот собак* погода шутк* слово слова значит 妈妈 爸爸 奶奶 生日 朋友 老公 老婆 孩子 天气 猫咪 笑话 "
        "什么 意思 单词 怎么 名字 母の 誕生 天気 意味 言葉 "},
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
    Words{Topic::Scope,
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
    Words{Topic::Scholarship,
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
