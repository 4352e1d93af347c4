package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.DiskImage;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Cuts a file of an open image to another length, as another program might, and then calls
 * everything that an image has: each call either succeeds or fails with an {@link IOException}.
 */
public final class CutShort {
  /** Opens the image anew, as a disk or for maintenance. */
  @FunctionalInterface
  public interface Opening<T extends Closeable> {
    T open() throws IOException;
  }

  /** Something that is done to an open image. */
  @FunctionalInterface
  private interface Step<T> {
    void on(T image) throws IOException;
  }

  /** What is done while the file is cut to some length, which {@code when} names. */
  @FunctionalInterface
  private interface Cut {
    void at(String when, Path file, long length, int time) throws IOException;
  }

  private final Map<Path, byte[]> files = new LinkedHashMap<>();
  private final Random random = new Random(7);

  /**
   * Cuts each file in turn, to each of several lengths and at each of several times.
   *
   * @param opening how the image is opened, for writing or for reading
   * @param files the files that the image is made of; they are as before in the end
   */
  public static void run(Opening<DiskImage> opening, Path... files) throws IOException {
    CutShort run = new CutShort();
    run.cutEach(3, run.ofDisk(opening), files);
  }

  /** Cuts files of an image that is open for maintenance, as {@link #run} does. */
  public static void maintain(Opening<ImageMaintenance> opening, Path... files) throws IOException {
    CutShort run = new CutShort();
    run.cutEach(0, ofMaintenance(opening), files);
  }

  private void cutEach(int times, Cut cut, Path... which) throws IOException {
    for (Path file : which) {
      files.put(file, Files.readAllBytes(file));
    }
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      for (int time = 0; time <= times; time++) {
        for (long length : lengths(file.getValue().length)) {
          restore();
          String when =
              file.getKey().getFileName() + " cut to " + length + " bytes at time " + time;
          cut.at(when, file.getKey(), length, time);
        }
      }
    }
    restore();
  }

  private static Set<Long> lengths(long size) {
    Set<Long> lengths = new LinkedHashSet<>();
    for (long length : new long[] {0, 100, 4096, 70_000}) {
      lengths.add(Math.min(length, size));
    }
    for (int part = 1; part < 4; part++) {
      lengths.add(size * part / 4);
      lengths.add((size * part / 4 & -4096) + 8);
    }
    lengths.add(size - 1);
    lengths.add(size + 5_000_000);
    return lengths;
  }

  private void restore() throws IOException {
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
  }

  private Cut ofDisk(Opening<DiskImage> opening) {
    return (when, file, length, time) -> cutDisk(opening.open(), when, file, length, time);
  }

  private void cutDisk(DiskImage image, String when, Path file, long length, int time)
      throws IOException {
    boolean writable = image.isWritable();
    // These changes wait to be flushed, and places to be free, when the file is cut.
    if (writable && time >= 1) {
      attempt(when, "writing at first", image, this::writeHere);
    }
    if (writable && time >= 2) {
      attempt(when, "flushing at first", image, DiskImage::flush);
      attempt(when, "discarding at first", image, i -> i.discard(0, i.size() / 2));
    }
    if (writable && time == 3) {
      attempt(when, "writing again", image, this::writeHere);
    }
    resize(file, length);
    attempt(when, "reading", image, CutShort::readAll);
    attempt(when, "walking over extents", image, CutShort::walk);
    if (writable) {
      attempt(when, "writing", image, this::writeHere);
      attempt(when, "zeroing", image, i -> i.writeZeroes(1000, i.size() / 4));
      attempt(when, "flushing", image, DiskImage::flush);
      attempt(when, "discarding", image, i -> i.discard(0, i.size() / 4 * 3));
      attempt(when, "flushing what is discarded", image, DiskImage::flush);
      attempt(when, "compressing", image, i -> i.writeCompressed(0, segment(i)));
      attempt(when, "growing", image, i -> i.resize(i.size() + (9 << 20)));
      attempt(when, "shrinking", image, i -> i.resize(i.size() / 2 & -512));
      resize(file, length / 2);
      attempt(when, "writing after another cut", image, this::writeHere);
      attempt(when, "reading at last", image, CutShort::readAll);
    }
    attempt(when, "describing", image, DiskImage::info);
    attempt(when, "closing", image, DiskImage::close);
  }

  private static Cut ofMaintenance(Opening<ImageMaintenance> opening) {
    return (when, file, length, _) -> {
      ImageMaintenance image = opening.open();
      resize(file, length);
      attempt(when, "describing", image, ImageMaintenance::info);
      attempt(when, "checking", image, ImageMaintenance::check);
      attempt(when, "repairing leaks", image, i -> i.repair(Repair.LEAKS));
      attempt(when, "repairing", image, i -> i.repair(Repair.ALL));
      attempt(when, "compacting", image, i -> i.compact(ProgressListener.NONE));
      attempt(when, "committing", image, i -> i.commit(ProgressListener.NONE));
      attempt(when, "emptying", image, ImageMaintenance::empty);
      attempt(when, "closing", image, ImageMaintenance::close);
    };
  }

  private static MemorySegment segment(DiskImage image) throws IOException {
    int cluster = (int) image.info().clusterSize().orElse(512);
    return MemorySegment.ofArray(new byte[cluster]);
  }

  private static void resize(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
      if (channel.size() < length) {
        channel.write(ByteBuffer.allocate(1), length - 1);
      }
    }
  }

  private static <T> void attempt(String when, String what, T image, Step<T> step) {
    try {
      step.on(image);
    } catch (IOException | UnsupportedOperationException e) {
      // The file was cut short, after all; or the image is not open for such a thing.
    } catch (RuntimeException | Error e) {
      fail(when + ": " + what, e);
    }
  }

  /** Writes a little everywhere and much somewhere, and goes on when a write fails. */
  private void writeHere(DiskImage image) throws IOException {
    IOException failure = null;
    for (int i = 0; i < 12; i++) {
      int length = i == 0 ? 200_000 : 1 + random.nextInt(6000);
      byte[] bytes = RandomContent.of(i, 0, Math.toIntExact(Math.min(length, image.size())));
      try {
        image.write(random.nextLong(image.size() - bytes.length + 1), bytes);
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void readAll(DiskImage image) throws IOException {
    IOException failure = null;
    byte[] bytes = new byte[10_000];
    for (long at = 0; at < image.size(); at += bytes.length) {
      try {
        int length = (int) Math.min(bytes.length, image.size() - at);
        image.read(at, MemorySegment.ofArray(bytes).asSlice(0, length));
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void walk(DiskImage image) throws IOException {
    ExtentCursor extents = image.extents();
    while (extents.next() != null) {}
  }
}
