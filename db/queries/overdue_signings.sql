-- Обещанное не подписано: названный срок прошёл, а о подписании никто не сообщил
-- :today — с какого дня считать; пусто — сегодня
SELECT id, due, CAST(julianday(coalesce(:today, date('now'))) - julianday(due) AS INTEGER) AS days_late,
  kind, subject, articles, sources, last_seen_at
FROM (SELECT *, CASE length(status_date)
    WHEN 10 THEN status_date
    WHEN 7 THEN date(status_date || '-01', '+1 month', '-1 day')
    WHEN 4 THEN status_date || '-12-31' END AS due
  FROM agreements WHERE status = 'planned')
WHERE due < coalesce(:today, date('now'))
ORDER BY due DESC, id;
