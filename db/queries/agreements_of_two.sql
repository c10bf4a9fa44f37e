-- Соглашения двух государств: все соглашения, сторонами которых названы оба государства. Параметры — коды: UZ, AZ
SELECT "Соглашения".*
FROM agreement_parties AS one
JOIN agreement_parties AS two ON two.agreement_id = one.agreement_id AND two.kind = 'state' AND two.value = :state_2
JOIN "Соглашения" ON "Код" = one.agreement_id
WHERE one.kind = 'state' AND one.value = :state_1
ORDER BY "Дата статуса" DESC
LIMIT 200;
