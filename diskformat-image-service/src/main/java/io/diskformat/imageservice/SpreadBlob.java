package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A blob that is written to several stores at once, under one name. What fails in one of them is
 * noted, and that store left out from then on. Not thread-safe.
 */
final class SpreadBlob implements BlobStore.Pending {
  private final String name;
  private final StoreFailures failures;
  private final Map<String, BlobStore.Pending> pending = new LinkedHashMap<>();

  /**
   * Begins a blob.
   *
   * @param failures says in which stores, and whether it is enough if others do not fail
   */
  SpreadBlob(Blobs blobs, String name, StoreFailures failures) throws IOException {
    this.name = name;
    this.failures = failures;
    try {
      for (String store : failures.whole()) {
        failures.attempt(
            store,
            () -> {
              BlobStore.Pending _ = pending.put(store, blobs.of(store).begin(name));
            });
      }
    } catch (IOException | RuntimeException e) {
      try {
        close();
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    for (String store : failures.whole()) {
      failures.attempt(store, () -> of(store).write(bytes.duplicate()));
    }
    bytes.position(bytes.limit());
  }

  private BlobStore.Pending of(String store) throws IOException {
    BlobStore.Pending its = pending.get(store);
    if (its == null) {
      throw new IOException("store " + store + " has no part of " + name);
    }
    return its;
  }

  @Override
  public String complete() throws IOException {
    for (String store : failures.whole()) {
      failures.attempt(
          store,
          () -> {
            String _ = of(store).complete();
          });
    }
    return name;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (BlobStore.Pending one : pending.values()) {
      try {
        one.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null && failures.isFailure()) {
      throw failure;
    }
  }
}
