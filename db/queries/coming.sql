-- Предстоящие встречи: по дате, с сегодняшнего дня на 60 дней; последними те, о которых назван только год
-- :today — с какого дня считать; пусто — сегодня
SELECT id, start_date, end_date, kind, status, name, place, country,
  (SELECT group_concat(value, ' ') FROM (SELECT value FROM summit_participants
    WHERE summit_id = summits.id AND kind = 'state' ORDER BY value)) AS states,
  articles, sources
FROM summits
WHERE status IN ('planned', 'ongoing')
  AND coalesce(end_date, start_date) || '~' >= coalesce(:today, date('now'))
  AND start_date <= date(coalesce(:today, date('now')), '+60 days')
ORDER BY length(start_date) = 4, start_date, id;
