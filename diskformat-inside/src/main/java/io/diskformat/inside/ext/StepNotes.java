package io.diskformat.inside.ext;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a step of an edit notes in collections, so that all of it can be taken back. */
final class StepNotes {
  /** How to take back what was noted since the step began. */
  private final Deque<Runnable> inverses = new ArrayDeque<>();

  /** Begins a step. */
  void begin() {
    inverses.clear();
  }

  /** Takes back all since the step began. */
  void undo() {
    for (Runnable inverse : inverses) {
      inverse.run();
    }
    inverses.clear();
  }

  /** Notes how something is taken back that was just noted. */
  void noteInverse(Runnable inverse) {
    inverses.push(inverse);
  }

  /** Adds to a set. */
  <T> void note(Set<T> set, T element) {
    if (set.add(element)) {
      noteInverse(() -> set.remove(element));
    }
  }

  /** Adds to a list. */
  <T> void note(List<T> list, T element) {
    list.add(element);
    noteInverse(list::removeLast);
  }

  /** Puts into a map. */
  <K, V> void note(Map<K, V> map, K key, V value) {
    V before = map.put(key, value);
    noteInverse(before == null ? () -> map.remove(key) : () -> map.put(key, before));
  }

  /** Removes from a set. */
  <T> void noteGone(Set<T> set, T element) {
    if (set.remove(element)) {
      noteInverse(() -> set.add(element));
    }
  }

  /** Removes from a map. */
  <K, V> void noteGone(Map<K, V> map, K key) {
    V before = map.remove(key);
    if (before != null) {
      noteInverse(() -> map.put(key, before));
    }
  }
}
