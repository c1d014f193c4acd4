SELECT count(*) AS total_reviews FROM reviews
