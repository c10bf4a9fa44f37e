-- Источники расходятся
-- Поля, о которых источники говорят разное: принятое значение и остальные.
SELECT 'соглашение' AS "Что", agreement_id AS "Код", field AS "Поле", verdict AS "Вывод",
  group_concat(value || ' (' || agreement_claims.sources || ')', '; ') AS "Значения (источников)"
FROM agreement_claims
GROUP BY agreement_id, field HAVING count(*) > 1
UNION ALL
SELECT 'встреча', summit_id, field, verdict, group_concat(value || ' (' || summit_claims.sources || ')', '; ')
FROM summit_claims
GROUP BY summit_id, field HAVING count(*) > 1
LIMIT 200;
