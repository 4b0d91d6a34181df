-- Articles that carry the text of another one, each beside its original; neither is withheld.
-- Recent articles are compared when they arrive; those of one cluster stand beside one original.
-- article_id: Permanent public id of the article that carries the text.
-- source: Key of its source.
-- url: Its canonical URL.
-- title: Its headline today.
-- original_id: Permanent public id of the original, the earliest published.
-- original_source: Key of the original's source.
-- original_url: The original's canonical URL.
-- original_title: The original's headline today.
-- kind: copy, or shares_text where it is less than half.
-- share_of_text: Share of the shorter text that stands in the other one, from 0 to 1.
-- hours_later: Hours from the original's publication to its own; NULL where either gives no time of day.
-- found_at: When it was found (UTC).
CREATE VIEW article_copies AS
SELECT
    a.public_id AS article_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.title,
    original.public_id AS original_id,
    original.source_key AS original_source,
    original.canonical_url AS original_url,
    o.title AS original_title,
    c.kind,
    c.containment AS share_of_text,
    round((julianday(v.published_at) - julianday(o.published_at)) * 24, 2) AS hours_later,
    c.found_at
FROM copies AS c
JOIN articles AS a ON a.id = c.article_id
JOIN articles AS original ON original.id = c.original_article_id
LEFT JOIN versions AS v ON v.id = a.current_version_id
LEFT JOIN versions AS o ON o.id = original.current_version_id
WHERE a.status <> 'withheld' AND original.status <> 'withheld'
