package io.diskformat.imageservice;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The stores of a service, the first of which takes what nobody wants elsewhere. Immutable.
 *
 * <p>If they have names, clients may choose among them, and have images copied from one to another.
 */
public final class BlobStores {
  /** What records call the store of a service that has one without a name. */
  public static final String DEFAULT = "default";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  /** As the original has it of stores of its own. */
  private static final String RESERVED = "os_glance_";

  private final List<Named> all;
  private final boolean areShown;

  /**
   * A store, and what clients learn of it.
   *
   * @param name by which they choose it
   * @param description for people, or an empty string
   */
  record Named(String name, String description, BlobStore store) {}

  private BlobStores(List<Named> all, boolean areShown) {
    this.all = List.copyOf(all);
    this.areShown = areShown;
  }

  /** Returns one store, of which clients know nothing. */
  public static BlobStores of(BlobStore store) {
    return new BlobStores(List.of(new Named(DEFAULT, "", store)), false);
  }

  /**
   * Returns one store, of which clients learn.
   *
   * @param name up to 64 letters, digits, hyphens and underscores. Records have it: a store that
   *     had no name before is called {@link #DEFAULT}
   * @param description for people, or an empty string
   * @throws IllegalArgumentException if the name is not one
   */
  public static BlobStores of(String name, BlobStore store, String description) {
    return new BlobStores(List.of(), true).with(name, store, description);
  }

  /**
   * Returns one store more.
   *
   * @param name as in {@link #of(String, BlobStore, String)}, that no other has
   * @param description for people, or an empty string
   * @throws IllegalArgumentException if the name is not one, or another has it, or is none
   */
  public BlobStores with(String name, BlobStore store, String description) {
    if (!areShown) {
      throw new IllegalArgumentException("the first store has no name");
    }
    if (!NAME.matcher(name).matches() || name.startsWith(RESERVED)) {
      throw new IllegalArgumentException("not a name of a store: " + name);
    }
    if (all.stream().anyMatch(named -> named.name.equals(name))) {
      throw new IllegalArgumentException("two stores have the name " + name);
    }
    List<Named> more = new ArrayList<>(all);
    more.add(new Named(name, description, store));
    return new BlobStores(more, true);
  }

  List<Named> all() {
    return all;
  }

  boolean areShown() {
    return areShown;
  }
}
