-- A store as version 3 made it: that of version 2, and what the third knows of request 1 besides, with a label.
PRAGMA application_id=1413768043;
PRAGMA user_version=3;
BEGIN TRANSACTION;
CREATE TABLE attempt(
    request INTEGER NOT NULL,
    place INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    model INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY(request, place)
) STRICT, WITHOUT ROWID;
INSERT INTO attempt VALUES(1,0,2,14,6,200,2400,'the model of tier coding');
INSERT INTO attempt VALUES(2,0,2,16,17,529,120,'the model of tier smart');
INSERT INTO attempt VALUES(2,1,2,14,6,200,2400,'the model of tier coding');
INSERT INTO attempt VALUES(3,0,2,14,6,200,2400,'the model of tier coding');
INSERT INTO attempt VALUES(4,0,2,14,19,200,2400,'the model of tier coding');
CREATE TABLE daily(
    day INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    model INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    task_type INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(day, source, tier, model, provider, project, client, task_type)
) STRICT, WITHOUT ROWID;
INSERT INTO daily VALUES(20758,1,13,14,2,3,4,5,1,1,0,0,0,2400,1200,9000,0,0,310,64,0,8015000);
INSERT INTO daily VALUES(20759,1,15,14,2,3,4,0,1,1,0,0,0,2400,1200,9000,0,0,310,64,0,8015000);
INSERT INTO daily VALUES(20760,1,13,14,2,3,18,0,1,1,1,0,0,2400,1200,9000,0,0,310,64,0,0);
INSERT INTO daily VALUES(20761,1,0,14,2,3,18,0,1,0,0,0,1,2400,1200,9000,0,0,310,64,0,8015000);
CREATE TABLE meta(
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('next_request',1005);
INSERT INTO meta VALUES('time_zone','Europe/Berlin');
CREATE TABLE request(
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    opens_turn INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER,
    model INTEGER,
    provider INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    task_type INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER,
    status INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,
    first_byte_ms INTEGER,
    session_source INTEGER NOT NULL,
    parent_session INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    title INTEGER NOT NULL,
    tier_source INTEGER NOT NULL,
    starting_tier INTEGER NOT NULL,
    model_returned INTEGER NOT NULL,
    price_version INTEGER NOT NULL,
    reason TEXT NOT NULL,
    message_id TEXT NOT NULL
, agent_source INTEGER NOT NULL DEFAULT 0, client_source INTEGER NOT NULL DEFAULT 0, project_source INTEGER NOT NULL DEFAULT 0, parent_agent INTEGER NOT NULL DEFAULT 0, evidence INTEGER NOT NULL DEFAULT 0, input_estimate INTEGER NOT NULL DEFAULT 0, messages INTEGER NOT NULL DEFAULT 0, score INTEGER NOT NULL DEFAULT 0, code_score INTEGER NOT NULL DEFAULT 0, features TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO request VALUES(1,1,1,1,1793527200123,1,13,14,2,3,4,5,0,0,2400,1200,9000,0,0,310,64,0,8015000,6,200,0,480,7,0,0,8,9,10,11,12,'coding, because skill ''refactor'' asks for it','chatcmpl-1',0,0,0,0,1,4200,9,6100,2300,'1ab/');
INSERT INTO request VALUES(2,1,2,1,1793613600123,1,15,14,2,3,4,0,0,0,2400,1200,9000,0,0,310,64,0,8015000,6,200,0,480,7,0,0,8,9,10,11,12,'coding, because skill ''refactor'' asks for it','chatcmpl-2',21,22,0,23,0,0,0,0,0,'');
INSERT INTO request VALUES(3,2,1,1,1793700000123,1,13,14,2,3,18,0,0,0,2400,1200,9000,0,0,310,64,0,NULL,6,200,0,480,7,0,0,0,9,10,11,12,'coding, because skill ''refactor'' asks for it','chatcmpl-3',0,0,0,0,0,0,0,0,0,'');
INSERT INTO request VALUES(4,2,1,0,1793786400123,1,NULL,14,2,3,18,0,1,0,2400,1200,9000,0,0,310,64,0,8015000,19,200,0,480,7,0,0,0,20,10,11,12,'coding, because skill ''refactor'' asks for it','chatcmpl-4',0,0,0,0,0,0,0,0,0,'');
CREATE TABLE request_text(
    request INTEGER PRIMARY KEY,
    decision TEXT NOT NULL,
    notes TEXT NOT NULL
) STRICT;
INSERT INTO request_text VALUES(1,'{"tier":"coding"}','');
INSERT INTO request_text VALUES(2,'{"tier":"coding"}','');
INSERT INTO request_text VALUES(3,'{"tier":"coding"}','');
INSERT INTO request_text VALUES(4,'{"tier":"coding"}','a foreign thinking signature was dropped');
CREATE TABLE session(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    title INTEGER NOT NULL,
    title_ms INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    parent_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL
) STRICT;
INSERT INTO session VALUES(1,'session-a',1793527200123,1793613600123,8,1793613600123,0,0,2,2,0,0,0,4800,2400,18000,0,0,620,128,0,16030000);
INSERT INTO session VALUES(2,'session-b',1793700000123,1793786400123,0,0,0,0,2,1,1,0,1,4800,2400,18000,0,0,620,128,0,8015000);
CREATE TABLE session_part(
    session INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    model INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(session, source, tier, model, project, client)
) STRICT, WITHOUT ROWID;
INSERT INTO session_part VALUES(1,1,13,14,3,4,1,8015000);
INSERT INTO session_part VALUES(1,1,15,14,3,4,1,8015000);
INSERT INTO session_part VALUES(2,1,0,14,3,18,1,8015000);
INSERT INTO session_part VALUES(2,1,13,14,3,18,1,0);
CREATE TABLE text(
    id INTEGER PRIMARY KEY,
    value TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO text VALUES(0,'');
INSERT INTO text VALUES(1,'gateway');
INSERT INTO text VALUES(2,'openai');
INSERT INTO text VALUES(3,'shop');
INSERT INTO text VALUES(4,'codex');
INSERT INTO text VALUES(5,'code');
INSERT INTO text VALUES(6,'ok');
INSERT INTO text VALUES(7,'session-id');
INSERT INTO text VALUES(8,'Fix the checkout flow');
INSERT INTO text VALUES(9,'skill');
INSERT INTO text VALUES(10,'balanced');
INSERT INTO text VALUES(11,'gpt-5.2');
INSERT INTO text VALUES(12,'2026-10-07/5eed');
INSERT INTO text VALUES(13,'coding');
INSERT INTO text VALUES(14,'openai/gpt-5.2');
INSERT INTO text VALUES(15,'smart');
INSERT INTO text VALUES(16,'openai/gpt-5.1');
INSERT INTO text VALUES(17,'http_529');
INSERT INTO text VALUES(18,'open-webui');
INSERT INTO text VALUES(19,'cancelled');
INSERT INTO text VALUES(20,'user');
INSERT INTO text VALUES(21,'x-claude-code-agent-id');
INSERT INTO text VALUES(22,'x-app');
INSERT INTO text VALUES(23,'planner');
CREATE TABLE turn(
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    opener INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    tiers TEXT NOT NULL,
    models TEXT NOT NULL,
    tier_sources TEXT NOT NULL,
    fallbacks INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(session, turn)
) STRICT, WITHOUT ROWID;
INSERT INTO turn VALUES(1,1,1,1793527200123,1793527200123,'13:1:8015000;','14;','9;',0,1,1,0,0,0,2400,1200,9000,0,0,310,64,0,8015000);
INSERT INTO turn VALUES(1,2,2,1793613600123,1793613600123,'15:1:8015000;','14;','9;',1,1,1,0,0,0,2400,1200,9000,0,0,310,64,0,8015000);
INSERT INTO turn VALUES(2,1,3,1793700000123,1793786400123,'13:1:0;0:1:8015000;','14;','9;20;',0,2,1,1,0,1,4800,2400,18000,0,0,620,128,0,8015000);
CREATE TABLE evidence(
    id INTEGER PRIMARY KEY,
    facts TEXT NOT NULL,
    features TEXT NOT NULL
) STRICT;
INSERT INTO evidence VALUES(1,'t2:12','def');
CREATE TABLE label(
    request INTEGER PRIMARY KEY,
    tier INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT;
INSERT INTO label VALUES(1,15,1793527300000);
CREATE INDEX request_by_time ON request(time_ms);
CREATE INDEX request_by_session ON request(session, time_ms);
CREATE INDEX turn_by_time ON turn(first_ms);
CREATE INDEX turn_by_session ON turn(session, first_ms);
CREATE INDEX session_by_time ON session(last_ms);
CREATE INDEX session_by_cost ON session(cost);
COMMIT;
