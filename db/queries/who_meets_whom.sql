-- Кто с кем встречается: сколько встреч было у каждой пары государств с указанного дня
SELECT first.name AS "Государство", second.name AS "С кем", count(*) AS "Встреч"
FROM summits
JOIN summit_participants AS one ON one.summit_id = summits.id AND one.kind = 'state'
JOIN summit_participants AS two ON two.summit_id = summits.id AND two.kind = 'state' AND one.value < two.value
JOIN states AS first ON first.code = one.value
JOIN states AS second ON second.code = two.value
WHERE start_date >= :since
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
LIMIT 200;
