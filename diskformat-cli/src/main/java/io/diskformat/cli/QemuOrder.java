package io.diskformat.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The order in which QEMU writes the members of an object: that of its hash table. It has no
 * meaning, but people find members where they always were, and {@code diff} shows only what
 * differs.
 */
final class QemuOrder implements Comparator<String> {
  private static final QemuOrder ORDER = new QemuOrder();

  /** The number of buckets of QEMU's hash table. */
  private static final int BUCKETS = 512;

  private QemuOrder() {}

  /** Returns a value with the members of all objects in it, however nested, in order. */
  static Object of(Object value) {
    if (value instanceof Map<?, ?> map) {
      return of(map);
    }
    if (value instanceof Collection<?> list) {
      List<Object> result = new ArrayList<>();
      for (Object item : list) {
        result.add(of(item));
      }
      return result;
    }
    return value;
  }

  /** Returns a map with its entries in order, and those of all maps in it. */
  static Map<String, Object> of(Map<?, ?> map) {
    Map<String, Object> result = new TreeMap<>(ORDER);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      result.put((String) entry.getKey(), of(entry.getValue()));
    }
    return result;
  }

  @Override
  public int compare(String a, String b) {
    int difference = Integer.compare(bucket(a), bucket(b));
    return difference != 0 ? difference : a.compareTo(b);
  }

  private static int bucket(String key) {
    int hash = 0x238F13AF * key.length();
    for (int i = 0; i < key.length(); i++) {
      hash += key.charAt(i) << i * 5 % 24;
    }
    return 1103515243 * hash + 12345 & BUCKETS - 1;
  }
}
