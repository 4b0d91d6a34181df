-- Every edit: the step from one version of an article to the next, and what it amounts to. Words are counted in the
-- text, without punctuation; a moved word counts as removed and as added.
-- article_id: Permanent public id of the article.
-- source: Key of the source.
-- url: Canonical URL.
-- edited_at: First capture of the new version (UTC).
-- seen_before_at: Last capture of the old version before that (UTC); the edit lies between the two.
-- from_version: Number of the old version.
-- to_version: Number of the new version.
-- old_version_id: Permanent public id of the old version.
-- new_version_id: Permanent public id of the new version.
-- edit_class: typo, minor or substantive; NULL where an earlier release left it unmeasured.
-- similarity: Share of the words of both texts that they have in common, in order, from 0 to 1.
-- headline_changed: True if the headline differs.
-- headline_test: True if the two headlines take turns over the same text (an A/B test).
-- text_changed: True if the text differs.
-- words_added: Words of the new text that the old one lacks.
-- words_removed: Words of the old text that the new one lacks.
-- lead_changed: True if the first paragraph differs.
-- number_changed: True if a number was changed, added or removed, in digits or in letters.
-- quote_changed: True if words between quotation marks were changed, added or removed.
-- negation_changed: True if a negation was changed, added or removed.
-- name_changed: True if a name was changed, added or removed, as far as it can be told for one.
-- correction_notice: True if a notice of correction was added or changed.
-- retraction: True if the publisher withdrew the article in its headline or in a notice.
-- live_update: True if an entry was added to a live blog.
-- reverts_to: Permanent public id of the latest earlier version with the same headline and text; NULL if there is none.
-- old_title: Headline before.
-- new_title: Headline after.
CREATE VIEW edits AS
SELECT
    a.public_id AS article_id,
    a.source_key AS source,
    a.canonical_url AS url,
    v.first_captured_at AS edited_at,
    CASE
        WHEN o.last_captured_at <= v.first_captured_at THEN o.last_captured_at
        ELSE (
            SELECT max(c.captured_at) FROM captures AS c
            WHERE c.version_id = o.id AND c.captured_at <= v.first_captured_at
        )
    END AS seen_before_at,
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
    m.edit_class,
    m.similarity,
    o.title_digest <> v.title_digest AS headline_changed,
    o.text_digest = v.text_digest AND o.last_captured_at > v.first_captured_at AS headline_test,
    o.text_digest <> v.text_digest AS text_changed,
    m.words_added,
    m.words_removed,
    m.lead_changed,
    m.number_changed,
    m.quote_changed,
    m.negation_changed,
    m.name_changed,
    m.correction_notice,
    m.retraction,
    m.live_update,
    (
        SELECT e.public_id FROM versions AS e
        WHERE e.article_id = v.article_id
            AND (e.first_captured_at, e.id) < (o.first_captured_at, o.id)
            AND e.title_digest = v.title_digest AND e.text_digest = v.text_digest
        ORDER BY e.first_captured_at DESC, e.id DESC
        LIMIT 1
    ) AS reverts_to,
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
LEFT JOIN edit_measures AS m ON m.version_id = v.id AND m.old_version_id = o.id
WHERE a.status <> 'withheld' AND (o.title_digest <> v.title_digest OR o.text_digest <> v.text_digest)
