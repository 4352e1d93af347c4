package io.diskformat.imageservice;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A catalogue that several services of a test share, and that stays when they close it. */
final class MemoryCatalogue implements Catalogue {
  private final Map<String, ImageRecord> records = new ConcurrentHashMap<>();

  @Override
  public Optional<ImageRecord> find(String id) {
    return Optional.ofNullable(records.get(id));
  }

  @Override
  public boolean isEmpty() {
    return records.isEmpty();
  }

  @Override
  public synchronized Stream<ImageRecord> all() {
    return List.copyOf(records.values()).stream()
        .filter(image -> image.status() != ImageStatus.DELETED);
  }

  @Override
  public synchronized boolean add(ImageRecord image) {
    return records.putIfAbsent(image.id(), image) == null;
  }

  @Override
  public synchronized boolean replace(ImageRecord before, ImageRecord after) {
    ImageRecord present = records.get(before.id());
    if (present == null || present.revision() != before.revision()) {
      return false;
    }
    ImageRecord _ = records.put(before.id(), after.withRevision(before.revision() + 1));
    return true;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public void close() {}
}
