"""The meaning of codes: products to ingredients and strengths, ingredients to classes, codes to conditions."""
