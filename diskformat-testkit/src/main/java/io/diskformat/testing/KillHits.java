package io.diskformat.testing;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what processes were doing when they were killed, by the last line of each. */
public final class KillHits {
  private final Map<String, Integer> hits = new TreeMap<>();
  private final Map<String, Integer> onTheWay = new TreeMap<>();
  private int kills;

  /** Creates counts of nothing. */
  public KillHits() {}

  /** Returns what a line begins: the name of a step, or an empty string if it begins none. */
  static String begun(String line) {
    List<String> words = Splitter.on(' ').splitToList(line);
    return switch (words.get(1)) {
      case "r" -> "resize";
      case "s" -> words.get(2);
      case "f" -> "flush";
      case "w", "z", "d" -> "write";
      default -> "";
    };
  }

  /** Counts a process with one thread, which wrote these lines. */
  void add(List<String> lines) {
    kills++;
    int last = lines.size() - 1;
    boolean progress = false;
    while (last >= 0 && lines.get(last).endsWith(" p")) {
      progress = true;
      last--;
    }
    String begun = last < 0 ? "" : begun(lines.get(last));
    String within = begun.isEmpty() ? "between" : begun;
    hits.merge(within, 1, Integer::sum);
    if (progress) {
      onTheWay.merge(within, 1, Integer::sum);
    }
  }

  /** Returns how many kills there were. */
  public int kills() {
    return kills;
  }

  /** Returns how many kills came within a step. */
  public int within(String step) {
    return hits.getOrDefault(step, 0);
  }

  /** Returns how many kills came within each step, and how many after it had reported progress. */
  @Override
  public String toString() {
    return kills + " kills, within " + hits + ", of which after some progress " + onTheWay;
  }
}
