UPDATE products SET thumbnail = x'00ff10' WHERE name = 'Teapot';
UPDATE products SET thumbnail = x'' WHERE name = 'cup';
