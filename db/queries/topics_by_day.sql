-- Темы по дням: сколько статей каждой темы вышло в каждый день
SELECT day AS "День", title AS "Тема", articles AS "Статей"
FROM topic_days
JOIN topics ON name = topic
WHERE day >= :since
ORDER BY day DESC, title;
