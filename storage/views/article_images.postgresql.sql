-- The pictures of every version of every article that is not withheld.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of the version.
-- source: Key of the source.
-- url: The article's canonical URL.
-- is_current: True for the version captured last.
-- position: 1 for its first picture.
-- image_url: Address of the picture.
-- caption: What the page says under it.
-- credit: Who made it.
-- alt: Its text for those who cannot see it.
-- line: How many lines of the text stand before it.
CREATE VIEW article_images AS
SELECT
    a.public_id AS article_id,
    v.public_id AS version_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.id = a.current_version_id AS is_current,
    i.key AS position,
    i.value ->> 'url' AS image_url,
    i.value ->> 'caption' AS caption,
    i.value ->> 'credit' AS credit,
    i.value ->> 'alt' AS alt,
    (i.value ->> 'line')::integer AS line
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
CROSS JOIN jsonb_array_elements(v.images) WITH ORDINALITY AS i (value, key)
WHERE a.status <> 'withheld'
