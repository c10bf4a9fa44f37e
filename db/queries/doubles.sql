-- Возможные двойники: две записи, которые могут быть одной встречей или одним соглашением
-- Кандидаты на слияние: решает человек командой svodka fix merge.
SELECT family, one_id, other_id, points,
  CASE family WHEN 'summit' THEN (SELECT start_date FROM summits WHERE id = one_id)
    ELSE (SELECT status_date FROM agreements WHERE id = one_id) END AS one_date,
  CASE family WHEN 'summit' THEN (SELECT start_date FROM summits WHERE id = other_id)
    ELSE (SELECT status_date FROM agreements WHERE id = other_id) END AS other_date
FROM doubles
ORDER BY points DESC, family, one_id, other_id;
