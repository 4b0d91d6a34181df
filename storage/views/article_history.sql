-- Every version of every article that is not withheld, numbered by the time of its first capture.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of the version.
-- version: Number of the version, 1 for the first captured.
-- source: Key of the source.
-- url: The article's canonical URL.
-- captured_at: First capture that showed this version (UTC).
-- last_captured_at: Last capture that showed it (UTC).
-- change: What differs from the version before: new, headline, text, or headline and text.
-- is_current: True for the version captured last.
-- title: Headline.
-- published_at: Instant of publication (UTC), where a time was given.
-- published_on: The publisher's calendar day of publication.
-- authors: JSON list of names.
-- language: Language of the text.
-- word_count: Words in the text.
-- status: Where the article stands today.
-- text: The text.
-- extractor: What extracted its text.
-- release: The extractor's release.
-- profile: Number of the site profile by which its first capture was read (table site_profiles); NULL for none.
CREATE VIEW article_history AS
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
    CASE
        WHEN o.id IS NULL THEN 'new'
        WHEN o.text_digest <> v.text_digest AND o.title_digest <> v.title_digest THEN 'headline and text'
        WHEN o.title_digest <> v.title_digest THEN 'headline'
        ELSE 'text'
    END AS change,
    v.id = a.current_version_id AS is_current,
    v.title,
    v.published_at,
    v.published_on,
    v.authors,
    v.language,
    v.word_count,
    a.status,
    v.text,
    v.extractor,
    v.release,
    x.profile
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
LEFT JOIN versions AS o ON o.id = (
    SELECT e.id FROM versions AS e
    WHERE e.article_id = v.article_id AND (e.first_captured_at, e.id) < (v.first_captured_at, v.id)
    ORDER BY e.first_captured_at DESC, e.id DESC
    LIMIT 1
)
LEFT JOIN extractions AS x ON x.capture_id = v.first_capture_id AND x.chosen
WHERE a.status <> 'withheld'
