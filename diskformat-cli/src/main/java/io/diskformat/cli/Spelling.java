package io.diskformat.cli;

import java.util.Collection;
import java.util.Optional;

/** Finds the word that was probably meant by a mistyped one. */
final class Spelling {
  /** A word may have one mistake for each group of this many letters. */
  private static final int LETTERS_PER_MISTAKE = 3;

  private Spelling() {}

  /** Returns the word closest to a mistyped one, the first of several, if any is close enough. */
  static Optional<String> closest(String mistyped, Collection<String> words) {
    String best = null;
    int fewest = Math.max(1, mistyped.replace("-", "").length() / LETTERS_PER_MISTAKE) + 1;
    for (String word : words) {
      int mistakes = mistakes(mistyped, word);
      if (mistakes < fewest) {
        fewest = mistakes;
        best = word;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Returns the question whether a word was meant. */
  static String question(String word) {
    return "did you mean " + word + "?";
  }

  /** Returns how many letters were left out, added, mistaken or put before their neighbour. */
  private static int mistakes(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] above = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int differs = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(above[j - 1] + differs, Math.min(above[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      int[] free = before;
      before = above;
      above = row;
      row = free;
    }
    return above[b.length()];
  }
}
