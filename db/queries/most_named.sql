-- Кого называют чаще: лица, которых статьи называют чаще других с указанного дня
SELECT name AS "Лицо", count(DISTINCT article_id) AS "Статей"
FROM articles
JOIN entity_mentions ON article_id = articles.id
JOIN entities ON entities.id = entity_id AND type = 'PER'
WHERE published_at >= :since
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 50;
