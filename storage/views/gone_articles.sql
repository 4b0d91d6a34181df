-- Articles that their publisher removed (confirmed), with the last version captured and the captures that show it.
-- article_id: Permanent public id of the article.
-- source: Key of the source.
-- url: Canonical URL.
-- title: Headline of the last version.
-- published_on: The publisher's calendar day of publication.
-- first_seen_at: First time the article was seen (UTC).
-- last_seen_at: Last time it was seen alive (UTC).
-- missing_since: First visit that found it absent (UTC).
-- gone_at: When its absence was confirmed (UTC).
-- reason: What the visit saw that confirmed it.
-- version_id: Permanent public id of the last version.
-- last_capture: Record id (captures.record_id) of the last capture of that version.
-- missing_capture: Record id of the capture that first showed it absent.
-- missing_status: HTTP status of that capture.
-- gone_capture: Record id of the capture that confirmed it.
-- gone_status: HTTP status of that capture.
-- versions: Number of versions.
-- text: The last text.
CREATE VIEW gone_articles AS
SELECT
    a.public_id AS article_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.title,
    v.published_on,
    a.first_seen_at,
    a.last_seen_at,
    a.missing_since,
    a.gone_at,
    (
        SELECT reason FROM visits
        WHERE visits.article_id = a.id AND visits.visited_at = a.gone_at
        ORDER BY visits.id
        LIMIT 1
    ) AS reason,
    v.public_id AS version_id,
    (
        SELECT c.record_id FROM captures AS c
        WHERE c.version_id = v.id
        ORDER BY c.captured_at DESC, c.id DESC
        LIMIT 1
    ) AS last_capture,
    missing.record_id AS missing_capture,
    missing.status AS missing_status,
    confirming.record_id AS gone_capture,
    confirming.status AS gone_status,
    (SELECT count(*) FROM versions AS every WHERE every.article_id = a.id) AS versions,
    v.text
FROM articles AS a
LEFT JOIN versions AS v ON v.id = a.current_version_id
LEFT JOIN captures AS missing ON missing.id = (
    SELECT c.id FROM visits AS i
    JOIN captures AS c ON c.article_id = i.article_id AND c.visit_id = i.visit_id
    WHERE i.article_id = a.id AND i.visited_at = a.missing_since
    ORDER BY c.captured_at DESC, c.id DESC
    LIMIT 1
)
LEFT JOIN captures AS confirming ON confirming.id = (
    SELECT c.id FROM visits AS i
    JOIN captures AS c ON c.article_id = i.article_id AND c.visit_id = i.visit_id
    WHERE i.article_id = a.id AND i.visited_at = a.gone_at
    ORDER BY c.captured_at DESC, c.id DESC
    LIMIT 1
)
WHERE a.status = 'gone'
