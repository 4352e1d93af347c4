package io.diskformat.imageservice;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The data of an image, and what was found of it while it arrived. Immutable.
 *
 * @param blobs by the names of the stores that keep it, what they call it; there is one at least
 * @param size of the file, in bytes
 * @param virtualSize of the disk in it, in bytes
 * @param md5 of the file, in hexadecimal digits
 * @param sha512 of the file, in hexadecimal digits
 * @param isShared whether other images may have some of the blobs, too
 */
public record StoredData(
    SortedMap<String, String> blobs,
    long size,
    long virtualSize,
    String md5,
    String sha512,
    boolean isShared) {

  /** Makes a copy of the map. */
  public StoredData {
    blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
  }

  /** Creates data in the one store of a service that has no other. */
  public StoredData(String blob, long size, long virtualSize, String md5, String sha512) {
    this(new TreeMap<>(Map.of(BlobStores.DEFAULT, blob)), size, virtualSize, md5, sha512, false);
  }

  /** Returns what the first of the stores that keep it, by their names, calls it. */
  public String blob() {
    return blobs.firstEntry().getValue();
  }

  /** Returns a copy with some more blobs, or others of the same stores. */
  StoredData with(Map<String, String> more) {
    SortedMap<String, String> all = new TreeMap<>(blobs);
    all.putAll(more);
    return new StoredData(all, size, virtualSize, md5, sha512, isShared);
  }

  /** Returns a copy without the blobs of some stores. */
  StoredData without(Collection<String> stores) {
    SortedMap<String, String> rest = new TreeMap<>(blobs);
    boolean _ = rest.keySet().removeAll(stores);
    return new StoredData(rest, size, virtualSize, md5, sha512, isShared);
  }

  /** Returns a copy whose blobs other images may have, too. */
  StoredData shared() {
    return new StoredData(blobs, size, virtualSize, md5, sha512, true);
  }
}
