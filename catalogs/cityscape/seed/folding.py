#!/usr/bin/env python3
"""Writes folding.tsv: what each character becomes when accents and case do not count.

Run it by hand after changing a rule; the result is kept beside it: python3 folding.py > folding.tsv
A text is folded character by character, so composed and decomposed forms must come out alike. README.md has the rules.
"""

import sys
import unicodedata

# Letters that carry their accent inside and have no decomposition.
LETTERS = {
    "ı": "i", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ŧ": "t", "þ": "th",
}

# Combining classes of marks that are no accents; without them a word is another word. In order: Indic vowel signs and
# all that does not combine, Kana voicing, viramas, the vowel signs of Telugu, Thai, Lao and Tibetan.
NOT_ACCENTS = {0, 8, 9, 84, 91, 103, 118, 129, 130, 132}

HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


def fold_once(text):
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(ch for ch in decomposed if unicodedata.combining(ch) in NOT_ACCENTS)
    return "".join(LETTERS.get(ch, ch) for ch in bare.casefold()).strip()


def fold(ch):
    """To the end: what is folded folds no further."""
    folded = fold_once(ch)
    return folded if folded == ch else "".join(map(fold, folded))


def is_foldable(code):
    """Letters, marks, numbers and what else has a case, less Hangul syllables, which stay whole."""
    ch = chr(code)
    return code not in HANGUL_SYLLABLES and (unicodedata.category(ch)[0] in "LMN" or ch.casefold() != ch)


def main():
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("ch", "folded", sep="\t")
    for ch in map(chr, filter(is_foldable, range(sys.maxunicode + 1))):
        folded = fold(ch)
        if folded != ch:
            print(ch, folded, sep="\t")


if __name__ == "__main__":
    main()
