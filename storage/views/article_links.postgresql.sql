-- The links in the text of every version of every article that is not withheld.
-- article_id: Permanent public id of the article.
-- version_id: Permanent public id of the version.
-- source: Key of the source.
-- url: The article's canonical URL.
-- is_current: True for the version captured last.
-- position: 1 for its first link.
-- link_url: Where it leads.
-- words: The words that are linked.
-- line: The line of the text that holds it, from 0.
CREATE VIEW article_links AS
SELECT
    a.public_id AS article_id,
    v.public_id AS version_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.id = a.current_version_id AS is_current,
    i.key AS position,
    i.value ->> 'url' AS link_url,
    i.value ->> 'text' AS words,
    (i.value ->> 'line')::integer AS line
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
CROSS JOIN jsonb_array_elements(v.links) WITH ORDINALITY AS i (value, key)
WHERE a.status <> 'withheld'
