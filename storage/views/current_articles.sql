-- Every article that is not withheld, with its current version.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of its current version.
-- source: Key of the source.
-- url: Canonical URL.
-- status: live, missing, gone, restored or moved.
-- title: Headline of the current version.
-- published_at: Instant of publication (UTC), where a time was given.
-- published_on: The publisher's calendar day of publication.
-- authors: JSON list of names.
-- language: Language of the text.
-- section: The publisher's section.
-- tags: JSON list of the publisher's tags.
-- description: The publisher's summary.
-- image_url: Lead image.
-- image_caption: Its caption.
-- image_credit: Its credit.
-- agencies: JSON list of the agencies that its byline names.
-- country: Country of the source, ISO 3166-1 alpha-2.
-- paywalled: True where the page says that only subscribers may read it in full.
-- modified_at: When the publisher says it changed it (UTC).
-- word_count: Words in the text.
-- versions: Number of versions.
-- first_seen_at: First time the article was seen (UTC).
-- last_seen_at: Last time it was seen alive (UTC).
-- edited_at: First capture of the current version (UTC).
-- gone_at: When its removal was confirmed (UTC).
-- duplicate_of: Public id of the article of the same source that it repeats word for word; NULL where it repeats none.
-- text: The text.
CREATE VIEW current_articles AS
SELECT
    a.public_id AS article_id,
    v.public_id AS version_id,
    a.source_key AS source,
    a.canonical_url AS url,
    a.status,
    v.title,
    v.published_at,
    v.published_on,
    v.authors,
    v.language,
    v.section,
    v.tags,
    v.description,
    v.image_url,
    v.image_caption,
    v.image_credit,
    v.agencies,
    s.country,
    v.paywalled,
    v.modified_at,
    v.word_count,
    (SELECT count(*) FROM versions AS every WHERE every.article_id = a.id) AS versions,
    a.first_seen_at,
    a.last_seen_at,
    v.first_captured_at AS edited_at,
    a.gone_at,
    (
        SELECT original.public_id FROM copies AS c
        JOIN articles AS original ON original.id = c.original_article_id
        JOIN versions AS o ON o.id = original.current_version_id
        WHERE c.article_id = a.id AND original.source_key = a.source_key AND o.text_digest = v.text_digest
        ORDER BY original.id
        LIMIT 1
    ) AS duplicate_of,
    v.text
FROM articles AS a
JOIN versions AS v ON v.id = a.current_version_id
JOIN sources AS s ON s.key = a.source_key
WHERE a.status <> 'withheld'
