-- Подписали не все: одни стороны подписали, другие ещё нет
-- По каждой стороне видно, кто подписал и кого ждут.
SELECT agreements.id, kind, coalesce(title, subject) AS subject, status, status_date,
  (SELECT group_concat(value, ' ') FROM (SELECT value FROM agreement_parties AS p WHERE p.agreement_id = agreements.id
    AND p.kind = 'state' AND p.status IN ('signed', 'ratified', 'in_force') ORDER BY value)) AS signed,
  (SELECT group_concat(value, ' ') FROM (SELECT value FROM agreement_parties AS p WHERE p.agreement_id = agreements.id
    AND p.kind = 'state' AND p.status IN ('planned', 'agreed') ORDER BY value)) AS waiting
FROM agreements
WHERE status IN ('signed', 'ratified', 'in_force')
  AND EXISTS (SELECT 1 FROM agreement_parties AS p WHERE p.agreement_id = agreements.id AND p.kind = 'state'
    AND p.status IN ('planned', 'agreed'))
ORDER BY status_date DESC, agreements.id;
