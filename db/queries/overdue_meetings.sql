-- Просроченные встречи: день прошёл, а о том, что встреча состоялась, никто не сообщил
-- :today — с какого дня считать; пусто — сегодня
SELECT id, due, CAST(julianday(coalesce(:today, date('now'))) - julianday(due) AS INTEGER) AS days_late,
  kind, name, place, articles, sources, last_seen_at
FROM (SELECT *, CASE length(coalesce(end_date, start_date))
    WHEN 10 THEN coalesce(end_date, start_date)
    WHEN 7 THEN date(coalesce(end_date, start_date) || '-01', '+1 month', '-1 day')
    WHEN 4 THEN coalesce(end_date, start_date) || '-12-31' END AS due
  FROM summits WHERE status = 'planned')
WHERE due < coalesce(:today, date('now'))
ORDER BY due DESC, id;
