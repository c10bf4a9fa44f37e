-- Подписано и не ратифицировано: о ратификации говорили, после подписания прошло полгода
-- :today — с какого дня считать; пусто — сегодня
SELECT id, status_date AS signed, kind, coalesce(title, subject) AS subject,
  (SELECT group_concat(value, ' ') FROM (SELECT value FROM agreement_parties
    WHERE agreement_id = agreements.id AND kind = 'state' ORDER BY value)) AS states,
  articles, sources, last_seen_at
FROM agreements
WHERE status = 'signed' AND kind IN ('treaty', 'agreement', 'protocol')
  AND coalesce(status_date || '~', substr(first_seen_at, 1, 10)) < date(coalesce(:today, date('now')), '-180 days')
  AND EXISTS (
    SELECT 1 FROM agreement_mentions AS m
    JOIN agreement_mention_evidence AS e ON e.mention_id = m.id AND e.slot = 'sentence'
    JOIN articles AS a ON a.id = m.article_id
    WHERE m.agreement_id = agreements.id
      AND substr(a.title || char(10, 10) || a.text, e.start + 1, e.stop - e.start) LIKE '%ратифи%')
ORDER BY status_date, id;
