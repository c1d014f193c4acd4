UPDATE products SET thumbnail = '\x00ff10' WHERE name = 'Teapot';
UPDATE products SET thumbnail = '' WHERE name = 'cup';
