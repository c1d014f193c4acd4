SELECT :first.name || ':id' AS echo
