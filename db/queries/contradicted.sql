-- Новые противоречия: за последние 14 дней источник сказал иное, чем говорили другие
-- :today — с какого дня считать; пусто — сегодня
WITH claims AS (
  SELECT 'summit' AS family, summit_id AS id, field, value, verdict, chosen, sources, concerned, article_id, learned_at
  FROM summit_claims
  UNION ALL
  SELECT 'agreement', agreement_id, field, value, verdict, chosen, sources, concerned, article_id, learned_at
  FROM agreement_claims)
SELECT other.family, other.id, other.field, held.value AS held, held.sources AS held_by, other.value AS other,
  other.sources AS other_by, other.concerned AS only_state_voices, other.verdict, max(held.learned_at, other.learned_at) AS since,
  articles.outlet, coalesce(articles.link, articles.url) AS url
FROM claims AS other
JOIN claims AS held ON held.family = other.family AND held.id = other.id AND held.field = other.field AND held.chosen = 1
JOIN articles ON articles.id = other.article_id
WHERE other.chosen = 0 AND other.field <> 'kind'
  AND max(held.learned_at, other.learned_at) >= date(coalesce(:today, date('now')), '-14 days')
  AND max(held.learned_at, other.learned_at) < date(coalesce(:today, date('now')), '+1 day')
ORDER BY since DESC, other.id, other.field, other.value;
