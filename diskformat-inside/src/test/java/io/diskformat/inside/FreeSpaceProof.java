package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Shows that what is said to be free on a volume is so: garbage is written there, and neither the
 * files nor the file system's own checking program notice that; and that the garbage is gone where
 * the free ranges are left out or discarded.
 */
public final class FreeSpaceProof {
  private static final int PIECE = 4096;

  private final Path image;
  private final Checker checker;

  /** The file system's own checking program. */
  @FunctionalInterface
  public interface Checker {
    /** Fails if something is wrong with the file system in a file. */
    void check(Path image) throws IOException;
  }

  /** Creates a proof of a raw image, which will be written. */
  public FreeSpaceProof(Path image, Checker checker) {
    this.image = image;
    this.checker = checker;
  }

  private static DiskImage open(Path image) throws IOException {
    return DiskImages.open(image, OpenOptions.writable().format("raw"));
  }

  /**
   * Runs the proof.
   *
   * @param expected how much of the volume another program calls free, in bytes
   */
  public void run(long expected) throws IOException {
    String before = describe(image);
    List<ByteRange> free = new ArrayList<>();
    try (DiskImage disk = open(image)) {
      FreeSpace found = FreeSpace.of(Set.of(), disk);
      assertEquals("", found.volumes().getFirst().problem());
      assertEquals(expected, found.bytes());
      assertEquals(expected, found.volumes().getFirst().bytes());
      FileTrees.freeRanges(disk, (offset, length) -> free.add(new ByteRange(offset, length)));
      assertFalse(free.isEmpty());
      for (ByteRange range : free) {
        byte[] garbage = new byte[(int) Math.min(PIECE, range.length())];
        Arrays.fill(garbage, (byte) 0xA5);
        disk.write(range.offset(), garbage);
        disk.write(range.offset() + range.length() - garbage.length, garbage);
      }
    }
    checker.check(image);
    assertEquals(before, describe(image));
    Path sparse = image.resolveSibling("sparse.raw");
    try (DiskImage disk = open(image)) {
      FreeSpace found = FreeSpace.of(Set.of(), disk);
      assertEquals(expected, found.bytes());
      Conversion.from(found.without(0)).to(sparse, CreateOptions.format("raw")).run();
    }
    assertIsGone(sparse, before, free);
    try (DiskImage disk = open(image)) {
      FreeSpace.of(Set.of(), disk).discard();
    }
    assertIsGone(image, before, free);
  }

  private void assertIsGone(Path file, String before, List<ByteRange> free) throws IOException {
    checker.check(file);
    assertEquals(before, describe(file));
    try (DiskImage disk = open(file)) {
      for (ByteRange range : free) {
        byte[] bytes = new byte[(int) Math.min(PIECE, range.length())];
        disk.read(range.offset(), bytes);
        assertTrue(isZero(bytes), "bytes at " + range.offset());
        disk.read(range.offset() + range.length() - bytes.length, bytes);
        assertTrue(isZero(bytes), "bytes before " + (range.offset() + range.length()));
      }
    }
  }

  private static boolean isZero(byte[] bytes) {
    return Arrays.equals(bytes, new byte[bytes.length]);
  }

  /** Fails unless a volume is left as it is, for a reason that is said. */
  public static void assertRefused(BlockDevice volume) throws IOException {
    assertThrows(DiskFormatException.class, () -> FileTrees.freeRanges(volume, (_, _) -> {}));
    FreeSpace found = FreeSpace.of(Set.of(), volume);
    assertEquals(0, found.bytes());
    assertFalse(found.volumes().getFirst().problem().isEmpty());
  }

  /** Returns what all files of a volume are. */
  public static String describe(Path image) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"));
        FileSystem mounted = Disk.of(disk).mount("/dev/sda");
        Stream<Path> all = Files.walk(mounted.getPath("/"))) {
      for (Path path : (Iterable<Path>) all::iterator) {
        files.put(path.toString(), describeFile(path));
      }
    }
    return files.toString();
  }

  private static String describeFile(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return "-> " + Files.readSymbolicLink(path);
    }
    String time = " " + Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return "other" + time;
    }
    CRC32C sum = new CRC32C();
    sum.update(Files.readAllBytes(path));
    return Long.toHexString(sum.getValue()) + time;
  }
}
