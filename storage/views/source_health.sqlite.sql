-- How each source is doing: what it holds, its last crawl, and what is wrong with it.
-- source: Key of the source.
-- name: Name of the publication.
-- articles: Articles in the archive.
-- open_discoveries: Listed URLs that no visit has settled yet.
-- feeds: Feeds known.
-- failing_feeds: Feeds whose last reading failed.
-- last_crawl_at: Beginning of the last crawl (UTC).
-- last_finished_at: End of the last crawl that ended (UTC).
-- last_new_at: When its youngest article was first seen (UTC).
-- next_due_at: When it is crawled next (UTC).
-- visits_7d: Visits in the seven days before its last crawl.
-- failed_7d: Of these, how many failed.
-- problems: JSON list of the last crawl's problems.
CREATE VIEW source_health AS
WITH last_crawls AS (
    SELECT
        source_key,
        started_at,
        problems,
        row_number() OVER (PARTITION BY source_key ORDER BY started_at DESC, id DESC) AS back
    FROM crawls
)
SELECT
    s.key AS source,
    s.name,
    (SELECT count(*) FROM articles AS a WHERE a.source_key = s.key) AS articles,
    (SELECT count(*) FROM discoveries AS d WHERE d.source_key = s.key AND d.settled_at IS NULL) AS open_discoveries,
    (SELECT count(*) FROM feeds AS f WHERE f.source_key = s.key) AS feeds,
    (SELECT count(*) FROM feeds AS f WHERE f.source_key = s.key AND f.failures > 0) AS failing_feeds,
    c.started_at AS last_crawl_at,
    (SELECT max(finished_at) FROM crawls WHERE crawls.source_key = s.key) AS last_finished_at,
    (SELECT max(first_seen_at) FROM articles AS a WHERE a.source_key = s.key) AS last_new_at,
    s.next_due_at,
    (SELECT count(*) FROM visits AS v WHERE v.source_key = s.key AND v.visited_at >= strftime('%Y-%m-%dT%H:%M:%fZ', c.started_at, '-7 days')) AS visits_7d,
    (
        SELECT count(*) FROM visits AS v
        WHERE v.source_key = s.key AND v.visited_at >= strftime('%Y-%m-%dT%H:%M:%fZ', c.started_at, '-7 days') AND v.outcome = 'failed'
    ) AS failed_7d,
    c.problems
FROM sources AS s
LEFT JOIN last_crawls AS c ON c.source_key = s.key AND c.back = 1
