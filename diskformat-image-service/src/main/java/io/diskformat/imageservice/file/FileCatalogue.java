package io.diskformat.imageservice.file;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.record.RecordJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A catalogue in a directory: one file of JSON per image, replaced as a whole ({@link RecordJson}).
 * All records are in memory, too, and are read from there; so it is meant for up to some 100,000
 * images. A lock keeps other processes out.
 */
public final class FileCatalogue implements Catalogue {
  private static final String JSON = ".json";
  private static final String NEW = ".new";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final DurableDirectory directory;
  private final FileChannel lock;
  private final Map<String, ImageRecord> records = new ConcurrentHashMap<>();

  private final WritingThread thread = new WritingThread(PATIENCE);

  /** Is held while a record changes in memory, so that a list is of one moment. Never for long. */
  private final Object moment = new Object();

  private FileCatalogue(DurableDirectory directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Opens the catalogue in a directory, which is created if there is none.
   *
   * @throws IOException if a record cannot be read, or another process has the catalogue open
   */
  public static FileCatalogue open(Path path) throws IOException {
    DurableDirectory directory = DurableDirectory.at(path);
    FileChannel lock =
        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileCatalogue catalogue = new FileCatalogue(directory, lock);
    try {
      catalogue.lock(path);
      catalogue.load();
    } catch (IOException | RuntimeException e) {
      catalogue.close();
      throw e;
    }
    return catalogue;
  }

  private void lock(Path path) throws IOException {
    try {
      if (lock.tryLock() == null) {
        throw new IOException(path + ": another process has this catalogue open");
      }
    } catch (OverlappingFileLockException e) {
      throw new IOException(path + ": this catalogue is open already", e);
    }
  }

  private void load() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory.path())) {
      files = all.toList();
    }
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(NEW)) {
        Files.delete(file);
      } else if (name.endsWith(JSON)) {
        ImageRecord image = RecordJson.read(Files.readString(file), file.toString());
        ImageRecord _ = records.put(image.id(), image);
      }
    }
  }

  @Override
  public Optional<ImageRecord> find(String id) {
    return Optional.ofNullable(records.get(id));
  }

  @Override
  public boolean isEmpty() {
    return records.isEmpty();
  }

  @Override
  public Stream<ImageRecord> all() {
    List<ImageRecord> all;
    synchronized (moment) {
      all = List.copyOf(records.values());
    }
    return all.stream().filter(image -> image.status() != ImageStatus.DELETED);
  }

  @Override
  public boolean add(ImageRecord image) throws IOException {
    return thread.run(() -> addNow(image));
  }

  /** One writer at a time: the time goes to the disk, and there is only one. */
  private synchronized boolean addNow(ImageRecord image) throws IOException {
    if (records.containsKey(image.id())) {
      return false;
    }
    store(image);
    return true;
  }

  @Override
  public boolean replace(ImageRecord before, ImageRecord after) throws IOException {
    return thread.run(() -> replaceNow(before, after));
  }

  private synchronized boolean replaceNow(ImageRecord before, ImageRecord after)
      throws IOException {
    ImageRecord present = records.get(before.id());
    if (present == null || present.revision() != before.revision()) {
      return false;
    }
    store(after.withRevision(before.revision() + 1));
    return true;
  }

  private void store(ImageRecord image) throws IOException {
    if (!lock.isOpen()) {
      throw new IOException(directory.path() + ": the catalogue is closed");
    }
    String name = UUID.fromString(image.id()).toString();
    Path file = directory.path().resolve(name + NEW);
    try {
      write(file, RecordJson.write(image));
      Path _ = directory.take(file, name + JSON);
    } catch (IOException e) {
      boolean _ = Files.deleteIfExists(file);
      throw e;
    }
    synchronized (moment) {
      ImageRecord _ = records.put(image.id(), image);
    }
  }

  private static void write(Path file, String json) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer text = StandardCharsets.UTF_8.encode(json);
      while (text.hasRemaining()) {
        int _ = channel.write(text);
      }
      channel.force(true);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    thread.close();
    lock.close();
  }
}
