-- One article with two versions, as the tables of step 0001 hold it.
INSERT INTO sources (key, name, home_url, timezone, added_at) VALUES ('k', 'K', 'http://k/', 'UTC', '2026-03-01T12:00:00.000000Z');
INSERT INTO feeds (source_key, url, tried_at) VALUES ('k', 'http://k/feed', '2026-03-01T12:00:00.000000Z');
INSERT INTO discoveries (source_key, url, first_listed_at) VALUES ('k', 'http://k/a', '2026-03-01T12:00:00.000000Z');
INSERT INTO discoveries (source_key, url, feed_id, first_listed_at)
    VALUES ('k', 'http://k/b', 1, '2026-03-01T12:00:00.000000Z');
INSERT INTO articles (id, public_id, source_key, canonical_url, status, first_seen_at, last_seen_at)
    VALUES (1, 'a1', 'k', 'http://k/a', 'live', '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z');
INSERT INTO article_urls (url, article_id, first_seen_at) VALUES ('http://k/a', 1, '2026-03-01T12:00:00.000000Z');
INSERT INTO captures (id, record_id, source_key, article_id, role, url, captured_at, status, payload_digest,
    payload_bytes, warc_file, warc_offset, warc_length)
    VALUES (1, 'c1', 'k', 1, 'article', 'http://k/a', '2026-03-01T12:00:00.000000Z', 200, 'sha256:0', 1, 'x.warc.gz', 5, 9);
INSERT INTO versions (id, public_id, article_id, title, text, title_digest, text_digest, word_count, authors, tags,
    extractor, release, first_captured_at, last_captured_at, first_capture_id)
    VALUES (1, 'v1', 1, 'One', 'ثلاثة', 't', 'x', 1, '["ماري"]', '[]', 'e', '1', '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z', 1),
           (2, 'v2', 1, 'Two', 'four', 't2', 'x2', 1, '[]', '[]', 'e', '1', '2026-03-02T12:00:00.000000Z',
            '2026-03-02T12:00:00.000000Z', NULL);
UPDATE articles SET current_version_id = 2;
UPDATE captures SET version_id = 1;
INSERT INTO extractions (capture_id, extractor, release, chosen, extracted_at, details)
    VALUES (1, 'e', '1', TRUE, '2026-03-01T12:00:00.000000Z', '{"section": "x"}');
INSERT INTO visits (visit_id, source_key, requested_url, visited_at, outcome, article_id, version_id)
    VALUES ('w1', 'k', 'http://k/a', '2026-03-01T12:00:00.000000Z', 'new', 1, 1);
INSERT INTO crawls (source_key, started_at) VALUES ('k', '2026-03-01T12:00:00.000000Z');
INSERT INTO hosts (host) VALUES ('k');
