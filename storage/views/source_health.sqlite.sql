-- How each source is doing: what it holds, its last crawl, and what is wrong with it.
-- source: Key of the source.
-- name: Name of the publication.
-- articles: Articles in the archive; one that repeats another of the source word for word is not counted.
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
-- lied_at: When an edit was last found behind an ETag or Last-Modified that had not changed (UTC); NULL if never.
-- drifted_profiles_30d: Site profiles dropped since thirty days before the last crawl because they no longer fitted.
-- last_drift_at: When one was dropped last (UTC); pages that change so were redesigned.
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
    (
        SELECT count(*) FROM articles AS a
        WHERE a.source_key = s.key AND NOT EXISTS (
            SELECT 1 FROM copies AS r
            JOIN articles AS original ON original.id = r.original_article_id
            JOIN versions AS o ON o.id = original.current_version_id
            JOIN versions AS n ON n.id = a.current_version_id
            WHERE r.article_id = a.id AND original.source_key = a.source_key AND o.text_digest = n.text_digest
        )
    ) AS articles,
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
    c.problems,
    (SELECT r.lied_at FROM recheck_states AS r WHERE r.source_key = s.key) AS lied_at,
    (
        SELECT count(*) FROM site_profiles AS p
        WHERE p.source_key = s.key AND p.has_drifted AND p.retired_at >= strftime('%Y-%m-%dT%H:%M:%fZ', c.started_at, '-30 days')
    ) AS drifted_profiles_30d,
    (SELECT max(p.retired_at) FROM site_profiles AS p WHERE p.source_key = s.key AND p.has_drifted) AS last_drift_at
FROM sources AS s
LEFT JOIN last_crawls AS c ON c.source_key = s.key AND c.back = 1
