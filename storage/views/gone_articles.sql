-- Articles that their publisher removed (confirmed), with the last version captured.
-- article_id: Permanent public id of the article.
-- source: Key of the source.
-- url: Canonical URL.
-- title: Headline of the last version.
-- published_on: The publisher's calendar day of publication.
-- first_seen_at: First time the article was seen (UTC).
-- last_seen_at: Last time it was seen alive (UTC).
-- missing_since: First visit that found it absent (UTC).
-- gone_at: When its absence was confirmed (UTC).
-- reason: What the last visit saw.
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
        WHERE visits.article_id = a.id
        ORDER BY visits.visited_at DESC, visits.id DESC
        LIMIT 1
    ) AS reason,
    (SELECT count(*) FROM versions AS every WHERE every.article_id = a.id) AS versions,
    v.text
FROM articles AS a
LEFT JOIN versions AS v ON v.id = a.current_version_id
WHERE a.status = 'gone'
