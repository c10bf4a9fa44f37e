-- Здоровье лент: когда каждая лента прочитана в последний раз и сколько статей принесла
SELECT feeds.name AS "Лента", states.name AS "Страна", max(fetched_at) AS "Последняя попытка",
  max(CASE WHEN outcome IN ('ok', 'not_modified') THEN fetched_at END) AS "Прочитана",
  sum(new_articles) AS "Новых статей", failures AS "Неудач подряд"
FROM feeds
LEFT JOIN fetches ON feed_id = feeds.id
LEFT JOIN states ON code = feeds.country
GROUP BY feeds.id
ORDER BY failures DESC, 4;
