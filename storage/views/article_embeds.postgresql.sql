-- The posts and videos of other sites that every version of every article that is not withheld shows.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of the version.
-- source: Key of the source.
-- url: The article's canonical URL.
-- is_current: True for the version captured last.
-- position: 1 for the first.
-- embed_url: Address of the post or video.
-- provider: The site it is of, in one word.
-- line: The first line of the text that holds its words, from 0.
-- lines: How many lines of the text are its words; 0 for a video.
CREATE VIEW article_embeds AS
SELECT
    a.public_id AS article_id,
    v.public_id AS version_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.id = a.current_version_id AS is_current,
    i.key AS position,
    i.value ->> 'url' AS embed_url,
    i.value ->> 'provider' AS provider,
    (i.value ->> 'line')::integer AS line,
    (i.value ->> 'lines')::integer AS lines
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
CROSS JOIN jsonb_array_elements(v.embeds) WITH ORDINALITY AS i (value, key)
WHERE a.status <> 'withheld'
