-- Articles that were taken down by us: when, why, and how far that has come. Nothing else of them is left.
-- article_id: Permanent public id of the article.
-- source: Key of the source.
-- url: Canonical URL.
-- first_seen_at: First time the article was seen (UTC).
-- last_seen_at: Last time it was seen alive (UTC).
-- taken_down_at: When it was taken down (UTC).
-- reason: Why.
-- taken_down_by: The user and the machine that it was asked from.
-- captures: Number of captures that were taken down with it: pages, pictures, feeds.
-- finished_at: When nothing of it was left in the WARC files and the database's own files (UTC); NULL until then.
CREATE VIEW withheld_articles AS
SELECT
    a.public_id AS article_id,
    a.source_key AS source,
    a.canonical_url AS url,
    a.first_seen_at,
    a.last_seen_at,
    t.asked_at AS taken_down_at,
    t.reason,
    t.asked_by AS taken_down_by,
    (SELECT count(*) FROM erasures AS e WHERE e.article_id = a.id) AS captures,
    CASE WHEN t.erased_at IS NOT NULL THEN t.scrubbed_at END AS finished_at
FROM takedowns AS t
JOIN articles AS a ON a.id = t.article_id
