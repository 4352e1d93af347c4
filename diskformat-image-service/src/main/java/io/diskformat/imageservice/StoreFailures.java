package io.diskformat.imageservice;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** In which stores an upload failed that is to be kept by several. Thread-safe. */
final class StoreFailures {
  private static final System.Logger LOG = System.getLogger(StoreFailures.class.getName());

  private final List<String> stores;
  private final boolean allMustSucceed;
  private final boolean othersHaveIt;
  private final Map<String, IOException> failed = new LinkedHashMap<>();

  /** What is done with a store. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  StoreFailures(List<String> stores, boolean allMustSucceed) {
    this(stores, allMustSucceed, false);
  }

  /**
   * Begins with none that failed.
   *
   * @param allMustSucceed whether it is a failure if one fails
   * @param othersHaveIt whether it is none if all fail otherwise
   */
  StoreFailures(List<String> stores, boolean allMustSucceed, boolean othersHaveIt) {
    this.stores = List.copyOf(stores);
    this.allMustSucceed = allMustSucceed;
    this.othersHaveIt = othersHaveIt;
  }

  /** Returns all stores. */
  List<String> all() {
    return stores;
  }

  /** Returns the stores that have not failed. */
  synchronized List<String> whole() {
    List<String> whole = new ArrayList<>(stores);
    boolean _ = whole.removeAll(failed.keySet());
    return whole;
  }

  /** Returns the stores that have failed. */
  synchronized List<String> failed() {
    return List.copyOf(failed.keySet());
  }

  /** Returns whether the upload is a failure. */
  synchronized boolean isFailure() {
    return !failed.isEmpty()
        && (allMustSucceed || (!othersHaveIt && failed.size() == stores.size()));
  }

  /**
   * Does something with a store, which counts as failed if that fails.
   *
   * @throws IOException if the upload is a failure then
   */
  void attempt(String store, Action action) throws IOException {
    try {
      action.run();
    } catch (IOException e) {
      synchronized (this) {
        IOException _ = failed.putIfAbsent(store, e);
        if (isFailure()) {
          throw e;
        }
      }
      LOG.log(System.Logger.Level.WARNING, "store " + store + " does not take an upload", e);
    }
  }
}
