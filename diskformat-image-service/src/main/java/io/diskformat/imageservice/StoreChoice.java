package io.diskformat.imageservice;

import java.util.List;

/**
 * Which stores are to keep data. Immutable.
 *
 * @param stores by their names; none is the first store that the service has
 * @param isAll whether all that the service has are meant, and {@code stores} does not count
 * @param allMustSucceed whether it is a failure if one of them cannot take it; otherwise one that
 *     can is enough
 */
public record StoreChoice(List<String> stores, boolean isAll, boolean allMustSucceed) {
  /** Makes a copy of the list. */
  public StoreChoice {
    stores = List.copyOf(stores);
  }

  /** Returns the first store that the service has. */
  public static StoreChoice usual() {
    return new StoreChoice(List.of(), false, true);
  }

  /** Returns these stores, each of which must succeed. */
  public static StoreChoice of(String... names) {
    return new StoreChoice(List.of(names), false, true);
  }
}
