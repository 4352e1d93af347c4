package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What is done with the stores of a service. Thread-safe. */
final class Blobs {
  private static final System.Logger LOG = System.getLogger(Blobs.class.getName());

  private final BlobStores stores;
  private final Catalogue catalogue;
  private final Map<String, BlobStore> byName = new LinkedHashMap<>();

  Blobs(BlobStores stores, Catalogue catalogue) {
    this.stores = stores;
    this.catalogue = catalogue;
    for (BlobStores.Named named : stores.all()) {
      BlobStore _ = byName.put(named.name(), new StoreAside(named.store()));
    }
  }

  BlobStores stores() {
    return stores;
  }

  /** Returns the names of all stores, that of the first one before the others. */
  List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /** Returns a store of this service, as one of its names is given. */
  BlobStore of(String name) {
    BlobStore store = byName.get(name);
    if (store == null) {
      throw new IllegalArgumentException("no store of this service: " + name);
    }
    return store;
  }

  /**
   * Returns the names of the stores that were chosen. Where clients know of no stores, what they
   * say of them does not count.
   *
   * @throws ImageServiceException if there is no such store
   */
  List<String> chosen(StoreChoice choice) throws ImageServiceException {
    if (choice.isAll() || !stores.areShown()) {
      return names();
    }
    for (String name : choice.stores()) {
      if (!byName.containsKey(name)) {
        throw ImageServiceException.invalid("There is no store of the name " + name);
      }
    }
    return choice.stores().isEmpty()
        ? List.of(names().getFirst())
        : choice.stores().stream().distinct().toList();
  }

  /**
   * Opens data in one of its stores, the first that has it.
   *
   * @param preferred the name of the store that is asked before the others
   * @throws NoSuchFileException if none of them has it
   * @throws IOException if none can be read, or none has all of it
   */
  SeekableByteChannel open(StoredData data, String preferred) throws IOException {
    IOException failure = null;
    for (String name : order(data, preferred)) {
      try {
        return whole(of(name).open(blob(data, name)), data.size());
      } catch (IOException e) {
        // That a store fails says more than that it does not have the data.
        if (failure == null || failure instanceof NoSuchFileException) {
          failure = e;
        }
      }
    }
    throw failure == null ? new NoSuchFileException(data.blob()) : failure;
  }

  /** What was made of data that is cut short would look whole. */
  private static SeekableByteChannel whole(SeekableByteChannel channel, long stored)
      throws IOException {
    boolean isWhole = false;
    try {
      long size = channel.size();
      isWhole = size == stored;
      if (!isWhole) {
        throw new ImageServiceException(
            Problem.UNAVAILABLE,
            "The data of the image is damaged: it has %d bytes, and %d were stored"
                .formatted(size, stored));
      }
      return channel;
    } finally {
      if (!isWhole) {
        channel.close();
      }
    }
  }

  private List<String> order(StoredData data, String preferred) {
    List<String> order = new ArrayList<>(names());
    boolean _ = order.retainAll(data.blobs().keySet());
    if (order.remove(preferred)) {
      order.addFirst(preferred);
    }
    return order;
  }

  private static String blob(StoredData data, String store) {
    return String.valueOf(data.blobs().get(store));
  }

  /**
   * Deletes data that an image had, but for what other images have, too. What a store does not
   * delete now, it does later.
   */
  void delete(StoredData data) {
    Owned kept = new Owned(byName.keySet());
    if (data.isShared()) {
      try {
        // While a blob goes from one image to another, it is one's at any moment, as a list is of.
        kept.addAll(catalogue);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "blobs that may be shared were not deleted yet", e);
        return;
      }
    }
    for (Map.Entry<String, String> entry : data.blobs().entrySet()) {
      if (!kept.has(entry.getKey(), entry.getValue())) {
        delete(entry.getKey(), entry.getValue());
      }
    }
  }

  /** Returns the names of the blobs that may be beside another, and go with it. */
  private static List<String> beside(String blob) {
    return List.of(BlockSums.name(blob), DiskManifests.name(blob));
  }

  /** Deletes a blob that no image has; what the store does not delete now, it does later. */
  void delete(String store, String blob) {
    BlobStore its = byName.get(store);
    if (its == null) {
      return;
    }
    try {
      its.delete(blob);
      for (String beside : beside(blob)) {
        its.delete(beside);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "blob " + blob + " was not deleted yet", e);
    }
  }

  /** Deletes whatever an upload that failed may have left in a store. */
  void undo(String store, String upload) {
    try {
      of(store).abandon(upload);
      for (String beside : beside(upload)) {
        of(store).abandon(beside);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "upload " + upload + " was not deleted yet", e);
    }
    delete(store, upload);
  }

  /** Deletes what an image had, of which nothing is left in its record. */
  void delete(ImageRecord before) {
    StoredData data = before.data();
    if (data != null) {
      delete(data);
    }
    PartialUpload partial = before.partial();
    if (partial != null) {
      delete(partial);
    }
  }

  /** Deletes what has come of an upload that nobody will resume. */
  void delete(PartialUpload partial) {
    partial.pieces().forEach(piece -> delete(partial.store(), piece.blob()));
  }

  /** What images have, or are about to have, of all stores. */
  static final class Owned {
    private final Set<String> stores;
    private final Set<String> inAll = new HashSet<>();
    private final Set<String> inOne = new HashSet<>();

    /**
     * Begins with nothing.
     *
     * @param stores the names of those that the service has
     */
    Owned(Set<String> stores) {
      this.stores = stores;
    }

    boolean has(String store, String blob) {
      return inAll.contains(blob) || inOne.contains(store + "/" + blob);
    }

    /**
     * Returns whether an image has a blob in a store that does not have it: then it may be in one
     * whose name was that store's.
     *
     * @param present what stores have, each as a store's name, a slash and the name of a blob
     */
    boolean isMissed(String blob, Set<String> present) {
      return stores.stream()
          .map(store -> store + "/" + blob)
          .anyMatch(one -> inOne.contains(one) && !present.contains(one));
    }

    private void addAll(Catalogue catalogue) throws IOException {
      try (Stream<ImageRecord> all = catalogue.all()) {
        all.forEach(this::add);
      }
    }

    private void add(ImageRecord image) {
      StoredData data = image.data();
      if (data != null) {
        data.blobs().forEach(this::addOne);
      }
      PartialUpload partial = image.partial();
      if (partial != null) {
        partial.pieces().forEach(piece -> addOne(partial.store(), piece.blob()));
      }
      UploadLease lease = image.lease();
      if (lease != null) {
        addToAll(lease.upload());
        lease.claims().forEach(this::addToAll);
      }
    }

    /** A store that the service does not have may be one of its own that had another name. */
    private void addOne(String store, String blob) {
      if (!stores.contains(store)) {
        addToAll(blob);
        return;
      }
      boolean _ = inOne.add(store + "/" + blob);
      for (String beside : beside(blob)) {
        boolean _ = inOne.add(store + "/" + beside);
      }
    }

    private void addToAll(String blob) {
      boolean _ = inAll.add(blob);
      boolean _ = inAll.addAll(beside(blob));
    }
  }

  /** Returns what images have now. */
  Owned owned() throws IOException {
    Owned owned = new Owned(byName.keySet());
    owned.addAll(catalogue);
    return owned;
  }
}
