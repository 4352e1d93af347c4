package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.inside.RandomFiles;
import io.diskformat.inside.Trees;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Journals that were not written out. What debugfs changes in a copy of a volume is put into the
 * journal of the volume itself, in several transactions; debugfs, too, writes it out.
 */
class JournalTest {
  private static final int MAGIC = 0xC03B3998;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "MODERN, 3",
    "MODERN, 2",
    "MODERN, 0",
    "MODERN_1K, 3",
    "NARROW, 3",
    "NARROW, 2",
    "NARROW, 0",
    "EXT3, 0",
    "GROUP_CHECKSUMS, 0",
    "CHECKSUM_SEED, 3",
    "NO_EXTENTS, 0",
    "SPARSE_SUPER_2, 3"
  })
  void readsAsWrittenOut(ExtFlavour flavour, int checksums) throws IOException {
    long seed = Seeds.of(JournalTest.class, 1);
    Random random = new Random(seed + flavour.ordinal() * 10L + checksums);
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, random.nextLong());
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    List<Path> states = states(image, random);
    boolean revoking = random.nextBoolean();
    putIntoJournal(image, states, checksums, revoking ? random : null);

    Path writtenOut = Files.copy(image, directory.resolve("written out"));
    // Whoever revokes blocks at random leaves a volume that e2fsck would change; this does not.
    Oracle.of("debugfs").input("jr\n").run("-w", "-f", "-", writtenOut).orFail();
    assertReadsSame(writtenOut, image);
    if (revoking) {
      // What is revoked at random was needed.
      return;
    }
    assertNotEquals(describe(image, "ignore"), describe(image, "replay"));
    assertEquals(describe(writtenOut, "refuse"), describe(image, "replay"));
    assertThrows(DiskFormatException.class, () -> describe(image, "refuse"));
  }

  private static Map<String, String> describe(Path image, String journal) throws IOException {
    try (FileSystem files =
        DiskFileSystems.open(image, OpenOptions.readOnly(), Map.of("journal", journal))) {
      return Trees.describe(files.getPath("/"));
    }
  }

  /** Changes copies of an image, one after the other. */
  private List<Path> states(Path image, Random random) throws IOException {
    List<Path> states = new ArrayList<>(List.of(image));
    for (int i = 0; i < 4; i++) {
      Path next = Files.copy(states.getLast(), directory.resolve("state" + i));
      StringBuilder commands = new StringBuilder();
      for (int change = 0; change < 6; change++) {
        Path content = directory.resolve("content" + i + "-" + change);
        Files.write(content, content(random));
        String name = "new " + random.nextInt(12);
        commands.append("rm \"").append(name).append("\"\n");
        commands.append("write ").append(content).append(" \"").append(name).append("\"\n");
        commands.append("mkdir \"made ").append(i).append(' ').append(change).append("\"\n");
      }
      Oracle.of("debugfs").input(commands.toString()).run("-w", "-f", "-", next).orFail();
      states.add(next);
    }
    return states;
  }

  /** Some blocks of a file look like those of a journal. */
  private static byte[] content(Random random) {
    byte[] content = new byte[random.nextInt(40_000)];
    random.nextBytes(content);
    for (int at = 0; at + 4 <= content.length; at += 1024) {
      if (random.nextBoolean()) {
        ByteBuffer.wrap(content).putInt(at, MAGIC);
      }
    }
    return content;
  }

  private void putIntoJournal(
      Path image, List<Path> states, int checksums, @Nullable Random revoking) throws IOException {
    int blockSize = blockSize(image);
    StringBuilder commands = new StringBuilder("jo");
    commands.append(checksums == 0 ? "" : " -c -v " + checksums).append('\n');
    for (int i = 1; i < states.size(); i++) {
      byte[] before = Files.readAllBytes(states.get(i - 1));
      byte[] after = Files.readAllBytes(states.get(i));
      List<Integer> blocks = new ArrayList<>();
      ByteArrayOutputStream changed = new ByteArrayOutputStream();
      for (int at = 0; at < after.length; at += blockSize) {
        if (!Arrays.equals(before, at, at + blockSize, after, at, at + blockSize)) {
          blocks.add(at / blockSize);
          changed.write(after, at, blockSize);
        }
      }
      Path transaction = Files.write(directory.resolve("transaction" + i), changed.toByteArray());
      commands.append("jw -b ").append(joined(blocks)).append(' ').append(transaction).append('\n');
      if (revoking != null) {
        commands.append("jw -r ").append(blocks.get(revoking.nextInt(blocks.size()))).append('\n');
      }
    }
    // One more that was not committed.
    commands.append("jw -c -b 1 ").append(directory.resolve("transaction1")).append("\njc\n");
    Oracle.of("debugfs").input(commands.toString()).run("-w", "-f", "-", image).orFail();
  }

  private static String joined(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static int blockSize(Path image) throws IOException {
    try (BlockDevice device = DiskImages.open(image)) {
      return ExtVolume.stored(device).superblock().blockSize();
    }
  }

  /** All but the superblock, the journal, and what e2fsck writes besides, is the same. */
  private static void assertReadsSame(Path writtenOut, Path image) throws IOException {
    try (BlockDevice ours = DiskImages.open(image);
        BlockDevice theirs = DiskImages.open(writtenOut)) {
      ExtVolume replayed = Ext.open(ours, JournalUse.REPLAY);
      int blockSize = replayed.superblock().blockSize();
      byte[] a = new byte[blockSize];
      byte[] b = new byte[blockSize];
      List<Long> differ = new ArrayList<>();
      for (long block = 0; block < replayed.superblock().blocks(); block++) {
        if (block == replayed.superblock().ownBlock()) {
          continue;
        }
        replayed.device().read(block * blockSize, a);
        theirs.read(block * blockSize, b);
        if (!Arrays.equals(a, b)) {
          differ.add(block);
        }
      }
      JournalFile journal = new JournalFile(ExtVolume.stored(ours));
      assertEquals(List.of(journal.position(0) / blockSize), differ);
    }
  }

  @Test
  void revokedBlocksAreNotReplaced() throws IOException {
    Path image = directory.resolve("image");
    Path files = Files.createDirectory(directory.resolve("files"));
    ExtFlavour.MODERN.make(image, files, "24M");
    Path content = Files.write(directory.resolve("x"), new byte[4096]);
    Oracle.of("debugfs")
        .input(
            "jo -c\njw -b 5000,5001 "
                + twice(content)
                + "\njw -r 5000\njw -b 5002 "
                + content
                + "\njc\n")
        .run("-w", "-f", "-", image)
        .orFail();
    try (BlockDevice device = DiskImages.open(image)) {
      JournalLog log = new JournalLog(new JournalFile(ExtVolume.stored(device)), "x");
      assertEquals(List.of(5001L, 5002L), List.copyOf(log.replay().keySet()));
    }
  }

  private Path twice(Path content) throws IOException {
    byte[] one = Files.readAllBytes(content);
    byte[] two = Arrays.copyOf(one, one.length * 2);
    return Files.write(directory.resolve("twice"), two);
  }

  /**
   * Of a volume of Linux: {@code base} was committed as ever, and {@code hello} after that by a
   * fast commit alone, which follows the log and one block more.
   */
  @Test
  void refusesFastCommits() throws IOException {
    Path image = directory.resolve("image");
    try (InputStream packed = JournalTest.class.getResourceAsStream("fast-commit.img.gz")) {
      Files.write(image, new GZIPInputStream(Objects.requireNonNull(packed)).readAllBytes());
    }
    Path writtenOut = Files.copy(image, directory.resolve("written out"));
    assertTrue(Oracle.of("e2fsck").run("-fy", writtenOut).exitCode() <= 1);
    assertTrue(describe(writtenOut, "refuse").containsKey("hello"));
    UnsupportedFeatureException e =
        assertThrows(UnsupportedFeatureException.class, () -> describe(image, "replay"));
    assertTrue(e.feature().contains("fast commits"), e.feature());

    // One that follows an older transaction says nothing.
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      JournalFile journal = new JournalFile(ExtVolume.stored(device));
      long first = JournalSuperblock.read(journal, "x").end() + 1;
      device.write(journal.position(first) + 8, new byte[] {1, 0, 0, 0});
    }
    Set<String> found = describe(image, "replay").keySet();
    assertTrue(found.contains("base") && !found.contains("hello"), found.toString());
  }
}
