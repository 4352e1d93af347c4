package io.diskformat.testing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds few cases that together have every pair of values of two dimensions, as far as a pair
 * occurs in a valid case. A case is an array with the number of a value for each dimension.
 */
public final class Pairwise {
  /** The number of cases with a pair that are tried before it is taken to occur in none. */
  private static final int TRIES = 3000;

  /** The number of cases with the next pair, of which the one with the most new pairs is chosen. */
  private static final int CANDIDATES = 40;

  private final int[] sizes;
  private final Predicate<int[]> valid;
  private final Random random;
  private final Set<Pair> missing = new LinkedHashSet<>();

  private record Pair(int firstDimension, int firstValue, int secondDimension, int secondValue) {}

  private Pairwise(int[] sizes, Predicate<int[]> valid, Random random) {
    this.sizes = sizes;
    this.valid = valid;
    this.random = random;
  }

  /**
   * Returns the cases.
   *
   * @param sizes how many values each dimension has
   * @param valid whether a case makes sense
   * @param random decides which cases are chosen; the same seed gives the same ones
   */
  public static List<int[]> cases(int[] sizes, Predicate<int[]> valid, Random random) {
    return new Pairwise(sizes, valid, random).find();
  }

  /** Returns one valid case at random. */
  public static int[] anyCase(int[] sizes, Predicate<int[]> valid, Random random) {
    Pairwise pairwise = new Pairwise(sizes, valid, random);
    while (true) {
      int[] choice = pairwise.any();
      if (valid.test(choice)) {
        return choice;
      }
    }
  }

  private List<int[]> find() {
    for (int first = 0; first < sizes.length; first++) {
      for (int second = first + 1; second < sizes.length; second++) {
        for (int i = 0; i < sizes[first]; i++) {
          for (int j = 0; j < sizes[second]; j++) {
            missing.add(new Pair(first, i, second, j));
          }
        }
      }
    }
    List<int[]> cases = new ArrayList<>();
    while (!missing.isEmpty()) {
      Pair pair = missing.iterator().next();
      int[] best = bestWith(pair);
      if (best == null) {
        missing.remove(pair);
      } else {
        cases.add(best);
        missing.removeAll(pairsOf(best));
      }
    }
    return cases;
  }

  private int @Nullable [] bestWith(Pair pair) {
    int[] best = null;
    long bestGain = 0;
    int found = 0;
    for (int i = 0; i < TRIES && found < CANDIDATES; i++) {
      int[] choice = any();
      choice[pair.firstDimension] = pair.firstValue;
      choice[pair.secondDimension] = pair.secondValue;
      if (valid.test(choice)) {
        found++;
        long gain = pairsOf(choice).stream().filter(missing::contains).count();
        if (gain > bestGain) {
          best = choice;
          bestGain = gain;
        }
      }
    }
    return best;
  }

  private int[] any() {
    int[] choice = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      choice[i] = random.nextInt(sizes[i]);
    }
    return choice;
  }

  private static List<Pair> pairsOf(int[] choice) {
    List<Pair> pairs = new ArrayList<>();
    for (int first = 0; first < choice.length; first++) {
      for (int second = first + 1; second < choice.length; second++) {
        pairs.add(new Pair(first, choice[first], second, choice[second]));
      }
    }
    return pairs;
  }
}
