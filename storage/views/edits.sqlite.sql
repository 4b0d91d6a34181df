-- Every edit: the step from one version of an article to the next, measured in words split at white space.
-- article_id: Permanent public id of the article.
-- source: Key of the source.
-- url: Canonical URL.
-- edited_at: First capture of the new version (UTC).
-- seen_before_at: Last capture of the old version (UTC); the edit lies between the two.
-- from_version: Number of the old version.
-- to_version: Number of the new version.
-- old_version_id: Permanent public id of the old version.
-- new_version_id: Permanent public id of the new version.
-- headline_changed: True if the headline differs.
-- text_changed: True if the text differs.
-- words_added: Words that the new text has more of.
-- words_removed: Words that the old text has more of.
-- number_changed: True if a word with a digit was added to or removed from headline or text.
-- old_title: Headline before.
-- new_title: Headline after.
CREATE VIEW edits AS
SELECT
    a.public_id AS article_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.first_captured_at AS edited_at,
    o.last_captured_at AS seen_before_at,
    (
        SELECT count(*) FROM versions AS e
        WHERE e.article_id = v.article_id AND (e.first_captured_at, e.id) < (v.first_captured_at, v.id)
    ) AS from_version,
    (
        SELECT count(*) + 1 FROM versions AS e
        WHERE e.article_id = v.article_id AND (e.first_captured_at, e.id) < (v.first_captured_at, v.id)
    ) AS to_version,
    o.public_id AS old_version_id,
    v.public_id AS new_version_id,
    o.title_digest <> v.title_digest AS headline_changed,
    o.text_digest <> v.text_digest AS text_changed,
    (
        SELECT CAST(coalesce(sum(surplus), 0) AS integer)
        FROM (
            SELECT trim(value, '.,;:!?…"''“”«»()[]،؛؟') AS word, sum(step) AS surplus
            FROM (
                SELECT value, 1 AS step FROM json_each('[' || replace(replace(json_quote(replace(v.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
                UNION ALL
                SELECT value, -1 FROM json_each('[' || replace(replace(json_quote(replace(o.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
            ) AS both_texts
            WHERE trim(value, '.,;:!?…"''“”«»()[]،؛؟') <> ''
            GROUP BY word
            HAVING sum(step) <> 0
        ) AS changed_words
        WHERE surplus > 0
    ) AS words_added,
    (
        SELECT CAST(coalesce(-sum(surplus), 0) AS integer)
        FROM (
            SELECT trim(value, '.,;:!?…"''“”«»()[]،؛؟') AS word, sum(step) AS surplus
            FROM (
                SELECT value, 1 AS step FROM json_each('[' || replace(replace(json_quote(replace(v.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
                UNION ALL
                SELECT value, -1 FROM json_each('[' || replace(replace(json_quote(replace(o.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
            ) AS both_texts
            WHERE trim(value, '.,;:!?…"''“”«»()[]،؛؟') <> ''
            GROUP BY word
            HAVING sum(step) <> 0
        ) AS changed_words
        WHERE surplus < 0
    ) AS words_removed,
    EXISTS (
        SELECT 1
        FROM (
            SELECT trim(value, '.,;:!?…"''“”«»()[]،؛؟') AS word, sum(step) AS surplus
            FROM (
                SELECT value, 1 AS step FROM json_each('[' || replace(replace(json_quote(replace(v.title || char(10) || v.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
                UNION ALL
                SELECT value, -1 FROM json_each('[' || replace(replace(json_quote(replace(o.title || char(10) || o.text, char(92), '/')), ' ', '","'), '\n', '","') || ']')
            ) AS both_texts
            WHERE trim(value, '.,;:!?…"''“”«»()[]،؛؟') <> ''
            GROUP BY word
            HAVING sum(step) <> 0
        ) AS changed_words
        WHERE word GLOB '*[0-9٠-٩۰-۹]*'
    ) AS number_changed,
    o.title AS old_title,
    v.title AS new_title
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
JOIN versions AS o ON o.id = (
    SELECT e.id FROM versions AS e
    WHERE e.article_id = v.article_id AND (e.first_captured_at, e.id) < (v.first_captured_at, v.id)
    ORDER BY e.first_captured_at DESC, e.id DESC
    LIMIT 1
)
