-- Поиск слова в любой форме: статьи с этим словом, новые — первыми. Слово пишется строчными буквами, «ё» как «е»
SELECT published_at AS "Опубликовано", outlet AS "Издание", articles.title AS "Заголовок",
  coalesce(link, url) AS "Ссылка"
FROM article_search
JOIN articles ON articles.search_id = article_search.rowid
WHERE article_search MATCH (
  SELECT coalesce(group_concat('"' || lemma || '"', ' OR '), '"' || :word || '"') FROM word_forms WHERE form = :word)
ORDER BY article_search.rowid DESC
LIMIT 50;
