-- What the archive showed at a moment: each article it then knew alive, with the version it had then.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of the version.
-- version: Number of the version.
-- source: Key of the source.
-- url: Canonical URL.
-- captured_at: First capture that showed the version (UTC).
-- last_captured_at: Last capture that showed it, up to that moment or after (UTC).
-- title: Headline.
-- published_at: Instant of publication (UTC), where a time was given.
-- published_on: The publisher's calendar day of publication.
-- language: Language of the text.
-- text: The text.
CREATE FUNCTION articles_as_of(moment timestamptz)
RETURNS TABLE (
    article_id varchar,
    version_id varchar,
    version bigint,
    source varchar,
    url text,
    captured_at timestamptz,
    last_captured_at timestamptz,
    title text,
    published_at timestamptz,
    published_on date,
    language text,
    text text
)
LANGUAGE sql
STABLE
AS $$
SELECT
    a.public_id AS article_id,
    v.public_id AS version_id,
    (
        SELECT count(*) + 1 FROM versions AS e
        WHERE e.article_id = v.article_id AND (e.first_captured_at, e.id) < (v.first_captured_at, v.id)
    ) AS version,
    a.source_key AS source,
    a.canonical_url AS url,
    v.first_captured_at AS captured_at,
    v.last_captured_at,
    v.title,
    v.published_at,
    v.published_on,
    v.language,
    v.text
FROM articles AS a
JOIN versions AS v ON v.id = (
    SELECT e.id FROM versions AS e
    WHERE e.article_id = a.id AND e.first_captured_at <= moment
    ORDER BY e.first_captured_at DESC, e.id DESC
    LIMIT 1
)
WHERE a.status <> 'withheld'
  AND coalesce(
    (
        SELECT visits.outcome FROM visits
        WHERE visits.article_id = a.id AND visits.visited_at <= moment AND visits.outcome NOT IN ('refused', 'failed', 'not_an_article', 'missing')
        ORDER BY visits.visited_at DESC, visits.id DESC
        LIMIT 1
    ),
    'new'
  ) <> 'gone'
$$
